"""Sounds to be predicted, as people have them: files, folders, bytes, or spectrograms made before."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from foveal.core.errors import DataError, DataTypeError, ShapeError
from foveal.data.images.records import BadPicture, Place
from foveal.data.rows import Rows
from foveal.data.sounds.listing import list_sounds
from foveal.data.sounds.rule import SoundRule, check_sound_rule, row_of, shape_of


def sounds_given(X: Any, rule: SoundRule, name: str = "X") -> Rows:
    """Give the rows of X, read by a model's rule.

    X : a WAV file or a folder of them, the bytes of one, a list of such things, or spectrograms as the rule makes them,
        (N, mels, frames, 1). Raises `DataError` for what is no sound, by its name.
    """
    rule = check_sound_rule(rule)
    if hasattr(X, "ndim") and hasattr(X, "dtype"):
        X = np.asarray(X)
        if X.dtype.kind not in "OU":
            if X.shape[1:] != shape_of(rule):
                wanted = ", ".join(map(str, shape_of(rule)))
                raise ShapeError(f"{name} must hold spectrograms, (N, {wanted}), or files, got shape {X.shape}")
            return Rows(X)
    single = isinstance(X, str | bytes | bytearray | os.PathLike)
    if not (single or isinstance(X, Sequence | np.ndarray)):
        raise DataTypeError(f"{name} must be WAV files, a folder, bytes or spectrograms, got {type(X).__name__}")
    given = [each for one in ([X] if single else X) for each in _each(one)]
    if not given:
        raise DataError(f"{name} holds no sound; check how it was read or selected")
    return Rows(np.stack([_row(each, rule, f"sound {number}") for number, each in enumerate(given)]))


def _each(given: Any) -> Sequence[Place | bytes]:
    if isinstance(given, bytes | bytearray):
        return [bytes(given)]
    if not isinstance(given, str | os.PathLike):
        raise DataTypeError(f"a sound must be a file, a folder or bytes, got {type(given).__name__}")
    if Path(given).is_dir():
        return list_sounds(given, labelled=False).places
    return [Place(os.fspath(given), os.fspath(given))]


def _row(given: Place | bytes, rule: SoundRule, number: str) -> np.ndarray:
    name = given.name if isinstance(given, Place) else number
    try:
        return row_of(given.read() if isinstance(given, Place) else given, rule)
    except BadPicture as error:
        raise DataError(f"{name} {error.reason}; mend it, or leave it out") from error
    except OSError as error:
        raise DataError(f"{name} cannot be read ({error.strerror}); mend it, or leave it out") from error
