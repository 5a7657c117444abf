"""What a fitted estimator shows of the model that its fit has left."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import nn

from foveal.calibration.calibration import Calibration
from foveal.core.shelter import sheltered
from foveal.estimators.display import History
from foveal.fitted.model import Fitted
from foveal.fitted.replaced import replaced
from foveal.train import TrainState


def check_fitted(estimator: "FittedAttributes") -> None:
    """Raise scikit-learn's `NotFittedError` before fit."""
    if not estimator.__sklearn_is_fitted__():
        from sklearn.utils.validation import check_is_fitted  # it makes the tags first, and takes a second to load

        check_is_fitted(estimator)


class FittedAttributes:
    """Attributes that end in an underscore, read off `fitted_`; before fit there are none."""

    fitted_: Fitted
    _state: TrainState | None

    def __sklearn_is_fitted__(self) -> bool:
        return "fitted_" in vars(self)

    @property
    def net_(self) -> nn.Module:
        """The network: a plain module that takes raw values."""
        return self.fitted_.net

    @net_.setter
    def net_(self, net: nn.Module) -> None:
        """Put another in its place, a module that takes raw values; partial_fit then begins with a new optimizer."""
        check_fitted(self)
        with sheltered():
            self.fitted_, self._state = replaced(self.fitted_, net), None

    @property
    def history_(self) -> Mapping[str, list[Any]]:
        """A list for each column of `EpochReport`; notebooks show it as a table."""
        return History(self.fitted_.history)

    @property
    def calibration_(self) -> Calibration:
        """What held-out rows have told of the answers, where `calibrate` or `fit` has asked them."""
        if self.fitted_.calibration is None:
            raise AttributeError("the model is not calibrated: model.calibrate(X, y), or fit with calibration=True")
        return self.fitted_.calibration

    @property
    def n_epochs_(self) -> int:
        """Epochs that were trained."""
        return len(self.fitted_.history["epoch"])

    @property
    def classes_(self) -> np.ndarray:
        """The classes, in the order of the outputs."""
        if self.fitted_.problem.classes is None:
            raise AttributeError("there are no classes: the model fits values")
        return self.fitted_.problem.classes

    @property
    def layout_(self) -> str | None:
        """Which axis of X means what."""
        return self.fitted_.layout

    @property
    def input_shape_(self) -> tuple[int, ...]:
        r"""Shape (C, \*S) of one row."""
        return self.fitted_.input_shape
