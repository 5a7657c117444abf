"""scikit-learn's face: parameters and data in; task, network and engine out."""

from foveal.estimators.cnn import CNN, CNNClassifier, CNNRegressor
from foveal.estimators.loading import load

__all__ = ["CNN", "CNNClassifier", "CNNRegressor", "load"]
