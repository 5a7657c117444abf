"""Honest probabilities: temperature, sets and intervals that cover, what is withheld. Pure sums."""
