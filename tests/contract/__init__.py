"""Contracts: what holds for every parameter, every seed and every tool of scikit-learn."""
