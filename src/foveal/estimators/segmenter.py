"""The estimator of masks."""

import copy
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from foveal.core.errors import ParameterError, ShapeError
from foveal.core.parameters import PARAMETERS
from foveal.core.rules import check
from foveal.core.shapes import Sizes
from foveal.data.convert import as_array, check_length
from foveal.data.layout import channels_last as channels_of
from foveal.data.masks import check_ignored, largest_share, with_unknown
from foveal.data.patches import Patches, patches_of
from foveal.data.source import is_source
from foveal.data.targets import with_own_types
from foveal.estimators.constructor import constructor_of
from foveal.estimators.kinds import segmenter_kind
from foveal.estimators.scikit import ScikitCNN
from foveal.fitted.covering import sets_in_windows
from foveal.fitted.in_windows import Finish, channels_last
from foveal.fitted.pixel_scale import warn_of_scale
from foveal.fitted.segmenting import as_in_fit, labels_of, pictures_in, segmented
from foveal.fitted.withholding import refuse_of_masks
from foveal.fitting.inputs import read_layout
from foveal.fitting.prepare import Job
from foveal.tasks.kind import Kind
from foveal.train.processes.distributed import Processes

#: Pixels of each axis of the first picture that tell whether it is scaled as fit's.
_LOOKED_AT = 256


class CNNSegmenter(ScikitCNN):
    r"""A convolutional network that gives each place of a picture, volume or signal a class: masks in, masks out.

    y are masks: labels, whole numbers (N, \*S) for X of (N, \*S) or (N, C, \*S) ..., or shares of classes, numbers with
    a point, (N, \*S, K), that add up to 1 at each place, or to 0 where nothing is known. Places of the label `ignore`
    do not count, in loss and scores. `predict` gives masks (N, \*S), `predict_proba` (N, \*S, K), and `score` the mean
    IoU over the classes.

    Parameters and fitted attributes are those of `CNN`; by default `net` is "auto", a U-Net, `loss` is
    "cross_entropy+dice", `batch_size` 8 and `n_epochs` "auto". `class_weight="balanced"` counts places, and
    `sampler="balanced"` draws rows by the rarest class in them. Augmentations that move pictures move masks alike.

    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(16, 16, 16)).astype("float32")
    >>> y = (X > 0).astype("uint8")
    >>> model = CNNSegmenter(net="unet(depth=1, width=4)", learning_rate=0.01, random_state=0).fit(X, y)
    >>> model.predict(X).shape, model.predict_proba(X).shape, model.score(X, y) > 0.8
    ((16, 16, 16), (16, 16, 16, 2), True)
    """

    __init__ = constructor_of("CNNSegmenter")

    ignore: Any
    patch: Any

    def _kind(self) -> Kind:
        return segmenter_kind(self.loss, self.task)

    def predict(
        self,
        X: Any,
        *,
        tta: str | Sequence[str] | None = None,
        sets: float | None = None,
        unsure: float | None = None,
        outliers: float | None = None,
        window: Sizes | None = None,
        overlap: Sizes | None = None,
    ) -> Any:
        r"""Predict masks, (N, \*S), for rows shaped as in fit, or a mask for each of pictures of any sizes.

        Pictures are a list of (\*S, C), or (\*S) of one channel, arrays or memory maps, or an array of them; where they
        differ in size the answer is a list. What is larger than a window is answered in overlapping ones, in memory
        for a strip of it, `fitted.segmenting.plan`; `window` and `overlap`, in pixels, a number or one for each axis,
        say otherwise. `tta` is for rows shaped as in fit. With `sets=0.9` the classes that may be at each place,
        (N, \*S, K) bool: on average 90 % of the places of a picture have theirs among them.
        """
        fitted = self._fitted()
        if window is None and overlap is None and as_in_fit(fitted, X):
            return super().predict(X, tta=tta, sets=sets, unsure=unsure, outliers=outliers)
        refuse_of_masks(fitted, unsure, outliers)
        finish = labels_of(fitted) if sets is None else sets_in_windows(fitted, sets)
        return self._in_windows(X, finish, tta, window, overlap)

    def predict_proba(
        self,
        X: Any,
        *,
        tta: str | Sequence[str] | None = None,
        window: Sizes | None = None,
        overlap: Sizes | None = None,
    ) -> Any:
        r"""Predict probabilities of the classes at each place, (N, \*S, K); what is given is that of `predict`."""
        if window is None and overlap is None and as_in_fit(self._fitted(), X):
            return super().predict_proba(X, tta=tta)
        return self._in_windows(X, channels_last, tta, window, overlap)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        r"""Give the mean IoU over the classes, of all places of all pictures together."""
        if as_in_fit(self._fitted(), X):
            return super().score(X, y, sample_weight)
        if sample_weight is not None:
            raise ParameterError("sample_weight is for rows shaped as in fit, and these are pictures of any size")
        found = self.predict(X)
        flat = np.concatenate([np.ravel(mask) for mask in found])[None]
        truth = np.concatenate([np.ravel(mask) for mask in _alike(found, y)])[None]
        return self.fitted_.kind.score(flat, with_unknown(truth, self.fitted_.problem.ignored), None)

    def _in_windows(self, X: Any, finish: Finish, tta: Any, window: Sizes | None, overlap: Sizes | None) -> Any:
        fitted = self._fitted()
        if tta is not None:
            raise ParameterError("tta is for rows shaped as in fit, and these are answered in windows; leave it out")
        pictures = pictures_in(X, fitted)
        some = tuple(slice(_LOOKED_AT) for _ in fitted.input_shape[1:])
        warn_of_scale(np.asarray(pictures[0][some]), fitted.net)
        masks = [segmented(fitted, picture, finish, window=window, overlap=overlap) for picture in pictures]
        return np.stack(masks) if hasattr(X, "shape") else masks

    def _ignoring_as(self, X: Any) -> Self:
        """Give the estimator that ignores what files say does not count: itself, or a copy."""
        ignored = getattr(X, "ignored", None)
        if ignored is None or ignored == self.ignore:
            return self
        check_ignored(self.ignore, ignored)
        alike = copy.copy(self)
        alike.ignore = ignored
        return alike

    def _prepared(self, X: Any, y: Any, sample_weight: Any = None, *, validation: Any = None, **how: Any) -> Job:
        """Cut patches out of pictures first, where they are asked for; what files say does not count, does not."""
        if (alike := self._ignoring_as(X)) is not self:
            return alike._prepared(X, y, sample_weight, validation=validation, **how)
        if self.patch is None or y is None or is_source(X):
            return super()._prepared(X, y, sample_weight, validation=validation, **how)
        check("patch", self.patch, PARAMETERS["patch"].rule)
        _refuse_weights(sample_weight)
        parts = self.patch, self.ignore, self.layout
        patches = _patches(X, y, *parts)
        told = isinstance(validation, tuple | list) and len(validation) in (2, 3)  # else `prepare` says what is wrong
        if told and not is_source(validation[0]):
            _refuse_weights(*validation[2:])
            held = _patches(validation[0], validation[1], *parts)
            validation = held, held.y
        if how.get("groups") is not None:  # of pictures
            check_length(how["groups"], len(X), "groups")
            how["groups"] = with_own_types(how["groups"], "groups")[patches.pictures]
        return super()._prepared(patches, patches.y, None, validation=validation, **how)

    def _prepared_more(self, X: Any, y: Any, sample_weight: Any, processes: Processes) -> Job:
        """Cut patches as the first call did."""
        if (alike := self._ignoring_as(X)) is not self:
            return alike._prepared_more(X, y, sample_weight, processes)
        fitted = self.fitted_
        patch, layout = (fitted.settings[name] for name in ("patch", "layout"))
        if patch is None or y is None or is_source(X):
            return super()._prepared_more(X, y, sample_weight, processes)
        _refuse_weights(sample_weight)
        patches = _patches(X, y, patch, fitted.problem.ignored, layout)
        return super()._prepared_more(patches, patches.y, None, processes)


def _refuse_weights(weight: Any = None) -> None:
    if weight is not None:
        raise ParameterError("sample_weight is for whole pictures, and patch=... cuts them; leave one of them out")


def _patches(X: Any, y: Any, patch: Sizes, ignored: int | None, layout: str | None) -> Patches:
    """Cut patches out of files, or out of arrays, whose channels are put last."""
    if hasattr(X, "patches"):
        found: Patches = X.patches(patch)
        return found
    if hasattr(X, "shape"):
        X = as_array(X, "X")
        X = channels_of(X, read_layout(X.shape, layout))
    return patches_of(X, y, patch, ignored=ignored)


def _alike(found: Sequence[Any], y: Sequence[Any]) -> list[Any]:
    """Hold masks of any sizes against those that were predicted."""
    check_length(y, len(found), "y")
    masks = [largest_share(np.asarray(mask)) for mask in y]
    for number, (one, other) in enumerate(zip(found, masks, strict=True)):
        if one.shape != other.shape:
            raise ShapeError(f"y[{number}] must have the size of its picture, {one.shape}, got {other.shape}")
    return masks
