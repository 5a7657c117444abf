"""Which rows a fit holds out, told again after it: for what is to be measured on the same rows."""

import warnings
from typing import Any

import numpy as np

from foveal.core.randomness import seed_of
from foveal.fitting.examples import Examples, split
from foveal.fitting.inputs import read_groups
from foveal.fitting.request import Request
from foveal.tasks.class_weights import row_weights
from foveal.tasks.kind import learnt


def held_out(request: Request, X: Any, y: Any, groups: Any = None) -> tuple[np.ndarray, np.ndarray]:
    """Give the rows that a fit without `sample_weight` and `validation` trains on, and those that it holds out.

    They are those of `prepare` where `random_state` is a number; nothing of X is read.

    >>> from foveal.core.parameters import DEFAULTS
    >>> from foveal.tasks.classification import CLASSIFICATION
    >>> request = Request("CNN", vars(DEFAULTS) | {"random_state": 0, "valid_size": 0.5}, CLASSIFICATION)
    >>> train, valid = held_out(request, np.zeros((8, 2)), np.arange(8) % 2)
    >>> len(train), len(valid)
    (4, 4)
    """
    p = request.parameters
    own = groups is None
    groups = (getattr(X, "groups", None) if own else groups) if p["valid_size"] else None
    with warnings.catch_warnings(action="ignore"):  # fit gives them
        problem, y = learnt(request.kind, p, y, None)
        group_of = read_groups(groups, len(X), None, valid_size=p["valid_size"])
        rows = Examples(X, y, row_weights(p["class_weight"], problem, y, None))
        return split(p, problem, rows, seed_of(p["random_state"]), group_of, own=own)
