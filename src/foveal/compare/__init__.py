"""How good it really is: baselines on the same rows, intervals of scores, repeated folds."""

from foveal.compare.cross_validation import CrossValidation, cross_validate

__all__ = ["CrossValidation", "cross_validate"]
