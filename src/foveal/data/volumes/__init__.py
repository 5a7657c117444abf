"""Volumes in files: slices and stacks with a physical scale, one stored rule to numbers, and the way back."""
