"""Videos in files as rows to learn from: windows of frames, read by one stored rule."""
