"""Optimizers: the table of names, Muon, averages of the weights, and their state in a file."""
