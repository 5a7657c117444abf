"""The estimators of rows: classes, labels and values."""

from functools import partialmethod

from foveal.core.parameters import defaults_of
from foveal.estimators.kinds import classifier_kind, regressor_kind
from foveal.estimators.scikit import ScikitCNN
from foveal.tasks.kind import Kind
from foveal.tasks.table import kind_of


class CNN(ScikitCNN):
    """A convolutional network whose `loss` decides the kind of problem.

    "cross_entropy", "hinge" and "kl" classify, "binary_cross_entropy" gives several labels, "mse", "mae" and "huber"
    fit values; a function needs `task`. The parameters are described in docs/parameters.md, the network in
    `foveal.models.PlainStack`. After fit: `net_` (a plain `nn.Module` that takes raw values), `history_` (a list for
    each column of `EpochReport`), `classes_`, `layout_`, `input_shape_`, `n_epochs_`.

    >>> import numpy as np
    >>> X, y = np.random.default_rng(0).normal(size=(40, 8, 8)), np.arange(40.0)
    >>> CNN(loss="mse", n_epochs=2, random_state=0).fit(X, y).predict(X).shape
    (40,)
    """

    def _kind(self) -> Kind:
        return kind_of(self.loss, self.task)


class CNNClassifier(ScikitCNN):
    """A convolutional network that classifies: one class a row, or several labels for a 2-D 0/1 y.

    Parameters and fitted attributes are those of `CNN`.

    >>> from sklearn.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> model = CNNClassifier(n_epochs=5, random_state=0).fit(X.reshape(-1, 8, 8), y)
    >>> model.history_["valid_score"][-1] > 0.9
    True
    """

    def _kind(self) -> Kind:
        return classifier_kind(self.loss, self.task)


class CNNRegressor(ScikitCNN):
    """A convolutional network that fits values, one or several a row.

    Parameters and fitted attributes are those of `CNN`, but `loss` is "mse" by default. Targets are standardised
    inside; losses are in those units, predictions and scores in the user's.

    With `task="points"` y are places of points in the rows, (N, points, axes) in pixels, NaN where one is not visible;
    the network draws a heat map for each, and `predict` gives where they peak. See docs/points.md.

    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(50, 6))
    >>> CNNRegressor(n_epochs=2, random_state=0).fit(X, X[:, :2]).predict(X).shape
    (50, 2)
    """

    __init__ = partialmethod(ScikitCNN.__init__, **defaults_of("CNNRegressor"))

    def _kind(self) -> Kind:
        return regressor_kind(self.loss, self.task)
