"""An estimator as the command line trains it on files: without scikit-learn, which takes as long to load as torch."""

from collections.abc import Mapping
from typing import Any

from foveal.core.parameters import defaults_of, names_of, with_defaults
from foveal.estimators.base import BaseCNN
from foveal.estimators.kinds import KINDS
from foveal.tasks.kind import Kind


class Learner(BaseCNN):
    """The estimator of a name, for sources: it fits, saves and answers what `CNN` and its like do, to the same bits.

    Arrays it does not take: scikit-learn checks them.

    >>> Learner("CNNRegressor", {"n_epochs": 3}).get_params()["loss"]
    'mse'
    """

    def __init__(self, name: str, parameters: Mapping[str, Any]) -> None:
        self._called = name
        for parameter, value in with_defaults(defaults_of(name) | dict(parameters)).items():
            setattr(self, parameter, value)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give the parameters by their names."""
        return {name: getattr(self, name) for name in names_of(self._called)}

    @property
    def _name(self) -> str:
        return self._called

    def _kind(self) -> Kind:
        return KINDS[self._called](self.loss, self.task)
