"""The estimator of masks."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from foveal.core.parameters import PARAMETERS, defaults_of, names_of
from foveal.estimators.constructor import Parameters
from foveal.estimators.kinds import segmenter_kind
from foveal.estimators.scikit import ScikitCNN
from foveal.tasks.kind import Kind


def _with_its_own(estimator: str) -> Callable[..., None]:
    """Make the constructor of an estimator that has parameters beside those of all."""
    own = [name for name in names_of(estimator) if PARAMETERS[name].only]

    @wraps(Parameters.__init__)
    def _init(self: Any, **parameters: Any) -> None:
        values = defaults_of(estimator) | parameters
        for name in own:
            setattr(self, name, values.pop(name, PARAMETERS[name].default))
        Parameters.__init__(self, **values)

    defaults = {name: PARAMETERS[name].default for name in names_of(estimator)} | defaults_of(estimator)
    keyword = inspect.Parameter.KEYWORD_ONLY
    its = [inspect.Parameter(name, keyword, default=value, annotation=Any) for name, value in defaults.items()]
    first = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    _init.__signature__ = inspect.Signature([first, *its])  # type: ignore[attr-defined]
    return _init


class CNNSegmenter(ScikitCNN):
    r"""A convolutional network that gives each place of a picture, volume or signal a class: masks in, masks out.

    y are masks: labels, whole numbers (N, \*S) for X of (N, \*S) or (N, C, \*S) ..., or shares of classes, numbers with
    a point, (N, \*S, K), that add up to 1 at each place, or to 0 where nothing is known. Places of the label `ignore` do
    not count, in loss and scores. `predict` gives masks (N, \*S), `predict_proba` (N, \*S, K), and `score` the mean IoU
    over the classes.

    Parameters and fitted attributes are those of `CNN`; by default `net` is "auto", a U-Net, `loss` is
    "cross_entropy+dice", `batch_size` 8 and `n_epochs` "auto". `class_weight="balanced"` counts places, and
    `sampler="balanced"` draws rows by the rarest class in them. Augmentations that move pictures move masks alike.

    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(16, 16, 16)).astype("float32")
    >>> y = (X > 0).astype("uint8")
    >>> model = CNNSegmenter(net="unet(depth=1, width=4)", n_epochs=10, random_state=0).fit(X, y)
    >>> model.predict(X).shape, model.predict_proba(X).shape, model.score(X, y) > 0.8
    ((16, 16, 16), (16, 16, 16, 2), True)
    """

    __init__ = _with_its_own("CNNSegmenter")

    def _kind(self) -> Kind:
        return segmenter_kind(self.loss, self.task)
