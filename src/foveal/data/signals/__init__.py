"""Signals: of unequal length, in windows of a series to forecast from, and as sound."""
