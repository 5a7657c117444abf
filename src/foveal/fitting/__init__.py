"""From parameters and data to a running fit: inputs, settings, budget, checkpoints, progress."""
