"""What a fitted estimator shows of the model that its fit has left."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from torch import nn

from foveal.fitted.model import Fitted, cost_of


class FittedAttributes:
    """Attributes that end in an underscore, read off `fitted_`; before fit there are none."""

    fitted_: Fitted

    @property
    def net_(self) -> nn.Module:
        """The network: a plain module that takes raw values."""
        return self.fitted_.net

    @net_.setter
    def net_(self, net: nn.Module) -> None:
        self.fitted_ = replace(self.fitted_, net=net, cost=cost_of(net, self.fitted_.form))

    @property
    def history_(self) -> Mapping[str, list[Any]]:
        """A list for each column of `EpochReport`."""
        return self.fitted_.history

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
