"""Pictures in files as a source: where they lie, one stored rule from file to numbers, a store of what was read."""
