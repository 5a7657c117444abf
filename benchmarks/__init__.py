"""Measurements, not tests: every figure is a ratio to a peer in the same run."""
