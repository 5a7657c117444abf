"""`foveal.open_sounds`: WAV files become log-mel spectrograms to learn from, by one rule."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataError
from foveal.core.rules import check, choice
from foveal.data.images.pictures import Pictures
from foveal.data.images.progress import SILENT, Progress
from foveal.data.images.records import Bad, BadPicture, Listing, Place
from foveal.data.sounds.listing import list_sounds
from foveal.data.sounds.rule import SoundRule, check_sound_rule, make_sound_rule, row_of, shape_of

#: Bad files that an error names; more are counted.
_NAMED = 50


class Sounds(Pictures):
    """Sounds read by one rule, (N, mels, frames, 1): what `foveal.open_sounds` gives.

    An estimator takes it as X, with `y`; all that `Pictures` has of pictures it has of spectrograms.
    """


def open_sounds(
    source: Any,
    *,
    rate: int = 16000,
    seconds: float = 1.0,
    window: int = 400,
    hop: int = 160,
    mels: int = 64,
    log: bool = True,
    input_rule: Sequence[Mapping[str, Any]] | None = None,
    y: Any = None,
    on_bad: str = "stop",
    progress: Progress = SILENT,
) -> Sounds:
    """Open WAV files as rows to learn from: log-mel spectrograms, an array-like (N, mels, frames, 1) with `y`.

    Channels are averaged, the sound is brought to `rate` by SciPy's `resample_poly`, the middle `seconds` of it are
    kept, with zeros behind what is shorter, and `data.sounds.mel.log_mel` makes the row. All rows are kept in memory.
    PCM of 8, 16, 24 and 32 bits and floats are read; other formats are converted before, `ffmpeg -i IN OUT.wav`.

    Parameters
    ----------
    source : path or list of paths
        A folder of class folders, perhaps within train, valid and test, or files with their `y`.
    rate, seconds : samples a second, and the length of each row.
    window, hop, mels, log : samples of a frame and between two, bands, and whether their logarithm is taken.
    input_rule : steps, optional
        A whole rule in their place, as other `Sounds` or a fitted model have it.
    y : labels or targets of a list of files.
    on_bad : str
        "stop": files that are no sounds are an error that lists them. "skip": they are left out and counted.

    Raises
    ------
    DataError
        If there is no sound, or files are bad, or the labels are.
    ParameterError
        If a parameter is wrong.

    Examples
    --------
    >>> import tempfile, wave
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("high", "low"):
    ...         Path(folder, name).mkdir()
    ...         with wave.open(str(Path(folder, name, "1.wav")), "wb") as file:
    ...             file.setparams((1, 2, 8000, 0, "NONE", ""))
    ...             file.writeframes(bytes(8000))
    ...     sounds = open_sounds(folder, rate=8000, seconds=0.5, window=256, hop=128, mels=32)
    >>> sounds.shape, sounds.y.tolist()
    ((2, 32, 30, 1), ['high', 'low'])
    """
    check("on_bad", on_bad, choice("stop", "skip"))
    if input_rule is None:
        rule = make_sound_rule(rate=rate, seconds=seconds, window=window, hop=hop, mels=mels, log=log)
    else:
        rule = check_sound_rule(tuple(input_rule))
    listing = list_sounds(source, y, told=progress.say)
    if listing.y is None:
        raise DataError("a list of files has no labels; give y=, one a file")
    rows, bad = read_places(listing.places, rule)
    _refuse(bad, len(listing.places), on_bad, progress)
    if bad:
        wrong = {one.place for one in bad}
        good = np.array([row for row, place in enumerate(listing.places) if place not in wrong], int)
        if not len(good):
            raise DataError(f"{listing.root}: no file is a sound that can be read")
        rows, listing = rows[good], _only(listing, good)
    names, labels = listing.class_names, listing.y
    of_words = names is not None and labels is not None and labels.ndim == 1
    return Sounds(
        rows,
        rule,
        np.array([place.name for place in listing.places], object),
        in_memory=True,
        y=np.array(names)[labels] if of_words else labels,
        names=names,
        split=listing.split,
        skipped=bad,
    )


def read_places(places: Sequence[Place], rule: SoundRule) -> tuple[NDArray[np.float32], list[Bad]]:
    """Read sounds as rows, (N, mels, frames, 1); those that are none are rows of zeros, and told."""
    rows, bad = np.zeros((len(places), *shape_of(rule)), np.float32), list[Bad]()
    for row, place in enumerate(places):
        try:
            rows[row] = row_of(place.read(), rule)
        except BadPicture as error:
            bad.append(Bad(place, error.reason))
        except OSError as error:
            bad.append(Bad(place, f"cannot be read ({error.strerror})"))
    return rows, bad


def _refuse(bad: Sequence[Bad], total: int, on_bad: str, progress: Progress) -> None:
    """Stop for files that are no sounds, or say how many are left out."""
    if not bad:
        return
    told = "\n".join(f"  {wrong.place.name}: {wrong.reason}" for wrong in bad[:_NAMED])
    more = f"\n  and {len(bad) - _NAMED:,} more" if len(bad) > _NAMED else ""
    are = f"{len(bad):,} of {total:,} files {'is no sound' if len(bad) == 1 else 'are no sounds'} that can be read"
    if on_bad == "stop":
        raise DataError(f"{are}; mend or remove them, or leave them out with on_bad='skip':\n{told}{more}")
    progress.say(f"{are}, and left out:\n{told}{more}")


def _only(listing: Listing, rows: NDArray[np.intp]) -> Listing:
    columns = {name: getattr(listing, name) for name in ("y", "split")}
    chosen = {name: column[rows] for name, column in columns.items() if column is not None}
    return replace(listing, places=tuple(listing.places[row] for row in rows), **chosen)
