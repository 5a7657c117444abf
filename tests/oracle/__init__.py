"""NumPy definitions written from the formulas of the specification, and comparisons with the library."""
