"""Rows that the verbs explain and embed are asked about: one after the other with a name, bad ones with a reason."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from foveal.core.errors import DataError
from foveal.data.clips.listing import list_videos
from foveal.data.clips.rule import is_of_clips
from foveal.data.folders import is_data_folder, read_folder, rows_to_predict
from foveal.data.images.listing.door import open_listing
from foveal.data.images.records import Listing, Place
from foveal.data.named import NAMED, load_dataset
from foveal.data.rows import Rows
from foveal.data.sounds.listing import list_sounds
from foveal.data.sounds.rule import is_of_sounds
from foveal.data.source import Source
from foveal.data.text.row_rule import is_of_rows
from foveal.data.text_files import texts_to_predict
from foveal.data.volumes.listing import list_volumes
from foveal.data.volumes.rule import is_volume_rule
from foveal.fitted.model import Fitted
from foveal.fitted.predict import rows_of


class Named(NamedTuple):
    """Rows of one file, or of an array, or the reason why there are none."""

    name: str
    rows: Source | None
    problem: str | None = None

    def names_of_rows(self) -> list[str]:
        """Name each row: after its file, and numbered where there are several."""
        count = 0 if self.rows is None else len(self.rows)
        return [self.name] if count == 1 else [f"{self.name}#{number}" for number in range(count)]


def named_rows(
    fitted: Fitted, inputs: Sequence[Path], *, training: bool = False, alone: bool = False
) -> Iterator[Named]:
    """Give the rows of files, of folders of them, of arrays and of data sets by name; what cannot be read is told.

    Nothing is read before its turn comes. `alone` gives each row of an array by itself; `training` takes that part of a
    data set, not the one that tests.
    """
    for given in inputs:
        if _is_array(given):
            each = _of_array(fitted, given, training=training)
            yield from _one_by_one(each) if alone else [each]
            continue
        try:
            places = _listed(fitted, given)
        except DataError as error:
            yield Named(str(given), None, _reason(error, str(given)))
            continue
        for name, one in places:
            yield _of_file(fitted, name, one)


def _is_array(given: Path) -> bool:
    arrays = given.suffix.lower() in (".npy", ".npz") or is_data_folder(given)
    return arrays or (str(given) in NAMED and not given.exists())


def _of_array(fitted: Fitted, given: Path, *, training: bool) -> Named:
    try:
        if str(given) in NAMED and not given.exists():
            data = load_dataset(str(given))
            X: Any = data.X_train if training or data.X_test is None else data.X_test
        elif training and given.is_dir():
            X = read_folder(given).X_train
        else:
            X = rows_to_predict(given)
        return Named(given.name, rows_of(fitted, X))
    except DataError as error:
        return Named(str(given), None, _reason(error, str(given)))


def _one_by_one(each: Named) -> Iterator[Named]:
    if each.rows is None:
        yield each
        return
    for number, name in enumerate(each.names_of_rows()):
        yield Named(name, each.rows.chosen(np.array([number])))


def _of_file(fitted: Fitted, name: str, one: Any) -> Named:
    try:
        rows = rows_of(fitted, [one])
        if type(rows) is Rows:  # read now: what cannot be read is told of this file
            rows = Rows(np.asarray(rows.X[: len(rows)]))
        return Named(name, rows)
    except DataError as error:
        path = str(one.path if isinstance(one, Place) else one)
        return Named(name, None, _reason(error, path))


def _listed(fitted: Fitted, given: Path) -> list[tuple[str, Any]]:
    """List what is in a file or folder: names, and what the model's rule reads."""
    rule = fitted.input_rule
    if not rule:
        raise DataError(f"{given}: the model has learnt from arrays, and knows no rule for files; give .npy or .npz")
    single = given.is_file()
    if is_of_rows(rule):
        return list(zip(*texts_to_predict(str(given)), strict=True))
    if is_of_clips(rule) or is_of_sounds(rule) or is_volume_rule(rule):
        lists: Any = list_videos if is_of_clips(rule) else list_sounds if is_of_sounds(rule) else list_volumes
        found: Listing = lists(given, labelled=False)
        return [(given.name if single else place.name, place.path) for place in found.places]
    found = open_listing(given, labelled=False)
    return [(given.name if single and len(found.places) == 1 else place.name, place) for place in found.places]


def _reason(error: DataError, name: str) -> str:
    """Give the last line of an error without the name that stands beside it, nor its way out.

    >>> _reason(DataError("a/b.wav is no WAV file; mend it, or leave it out"), "a/b.wav")
    'is no WAV file'
    """
    told = str(error).splitlines()[-1].strip()
    return told.removeprefix(name).lstrip(": ").removesuffix("; mend it, or leave it out")
