"""Clips to be predicted, as people have them: video files, folders of them, arrays."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from foveal.core.errors import DataError, DataTypeError, ShapeError
from foveal.data.clips.assembling import clips_of
from foveal.data.clips.clips import Clips
from foveal.data.clips.listing import list_videos
from foveal.data.clips.rule import check_clip_rule, clip_shape
from foveal.data.images.progress import SILENT, Progress
from foveal.data.images.reading.rule import InputRule
from foveal.data.rows import Rows


def clips_given(X: Any, rule: InputRule, name: str = "X") -> Rows | Clips:
    """Give the rows of X, read by a model's rule.

    X : a file or a folder (all videos in it and below), a list of files, or an array (N, T, H, W, C) of uint8 as
        `open_clips` gives it. A video has a row for each window; `open_clips(X, input_rule=rule)` gives the same rows.
    """
    rule = check_clip_rule(rule)
    if hasattr(X, "ndim") and hasattr(X, "dtype") and X.dtype.kind not in "OU":
        X = np.asarray(X)
        if X.shape[1:] != clip_shape(rule) or X.dtype != np.uint8:
            sizes = ", ".join(map(str, clip_shape(rule)))
            raise ShapeError(
                f"{name} must hold clips, (N, {sizes}) of uint8, got {X.shape} of {X.dtype}; "
                "foveal.open_clips with the model's input_rule makes them"
            )
        return Rows(X)
    if not isinstance(X, str | bytes | os.PathLike | Sequence | np.ndarray):
        raise DataTypeError(f"{name} must be videos, a folder or an array (N, T, H, W, C), got {type(X).__name__}")
    if not isinstance(X, str | bytes | os.PathLike) and not len(X):
        raise DataError(f"{name} holds no video; check how it was read or selected")
    return clips_to_predict(X, rule)


def clips_to_predict(X: Any, rule: InputRule, on_bad: str = "stop", progress: Progress = SILENT) -> Clips:
    """Open videos without labels, by a rule; nothing is kept in the cache."""
    listing = list_videos(X, labelled=False, told=progress.say)
    return clips_of(listing, lambda headers, say: rule, on_bad=on_bad, limit=None, progress=progress)
