"""Which columns of a table hold what: as they are named to us, or by the usual names."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from foveal.core.errors import DataError, ParameterError
from foveal.core.rules import as_list, did_you_mean, shown
from foveal.data.images.listing.names import some
from foveal.data.images.listing.table_files import Table

#: The usual names of columns; capitals do not matter, and a space or hyphen is an underscore.
USUAL = {
    "path": ("path", "file", "filename", "file_name", "filepath", "file_path", "image", "image_path", "img", "img_path",
             "picture", "video", "clip"),
    "label": ("label", "class", "class_name", "category", "target"),
    "split": ("split", "part", "subset"),
    "group": ("group", "group_id", "patient", "patient_id", "subject", "subject_id"),
    "start": ("start", "begin", "start_time", "start_s"),
    "stop": ("stop", "end", "stop_time", "end_time", "stop_s", "end_s"),
}  # fmt: skip
_WAYS = "label= (one column), labels= (several of 0 and 1, or one of words between | or ;) or target= (numbers)"


@dataclass(frozen=True)
class Columns:
    """Names of columns. At most one of `label`, `labels`, `words` and `target` is there.

    path : paths of files.
    label : one label a row.
    labels : a column of 0 and 1 for each label.
    words : several labels a row, with | or ; between them.
    target : numbers to learn.
    split, group : the part and the group of a row.
    start, stop : seconds of a video at which a row starts and stops.
    """

    path: str
    label: str | None = None
    labels: tuple[str, ...] = ()
    words: str | None = None
    target: tuple[str, ...] = ()
    split: str | None = None
    group: str | None = None
    start: str | None = None
    stop: str | None = None

    def sentence(self) -> str:
        """Say which columns hold what.

        >>> Columns("file", label="species", group="patient").sentence()
        "paths from the column 'file', labels from 'species', groups from 'patient'"
        """
        said = [f"paths from the column {self.path!r}"]
        for what, names in (
            ("labels", (self.label, self.words, *self.labels)), ("targets", self.target), ("parts", (self.split,)),
            ("groups", (self.group,)), ("seconds", (self.start, self.stop)),
        ):  # fmt: skip
            named = [name for name in names if name is not None]
            said += [f"{what} from {some(named)}"] if named else []
        return ", ".join(said)


def find_columns(
    table: Table,
    *,
    path: str | None = None,
    label: str | None = None,
    labels: str | Sequence[str] | None = None,
    target: str | Sequence[str] | None = None,
    split: str | None = None,
    group: str | None = None,
    start: str | None = None,
    stop: str | None = None,
    timed: bool = False,
    labelled: bool = True,
) -> Columns:
    """Find the columns that are named, and the others by the usual names.

    `labels` as one string is a column of several labels a row, as a list one column of 0 and 1 for each label. With
    `labelled` there must be labels or targets; without, they are left where they are. `timed` looks for seconds, too.

    Raises
    ------
    DataError
        If a column is not there, or the usual names fit none or several.
    ParameterError
        If more than one of label, labels and target is given, or a name is no string.
    """
    given = {
        name: value for name, value in (("label", label), ("labels", labels), ("target", target)) if value is not None
    }
    if len(given) > 1:
        raise ParameterError(f"{' and '.join(f'{name}=' for name in given)} do not go together; give one of {_WAYS}")
    named = {"path": path, "label": label, "labels": labels, "target": target, "split": split, "group": group,
             "start": start, "stop": stop}  # fmt: skip
    for parameter, value in named.items():
        _check(table, parameter, value)
    words, several = (labels, ()) if isinstance(labels, str) else (None, tuple(labels or ()))
    if labelled and not given:
        label = _usual(table, "label")
        if label is None:
            raise DataError(f"{table.where}: which column holds labels? It has {some(table.names, 20)}; give {_WAYS}")
    path = path or _usual(table, "path")
    if path is None:
        raise DataError(
            f"{table.where}: which column holds paths? It has {some(table.names, 20)}; give path='...', or name it path"
            " (numbers to learn from go into FILE.npz)"
        )
    found = Columns(
        path, label, several, words, tuple(as_list(target)) if target is not None else (),
        split or _usual(table, "split"), group or _usual(table, "group"),
        *((start or _usual(table, "start"), stop or _usual(table, "stop")) if timed else ()),
    )  # fmt: skip
    return found if labelled else replace(found, label=None, labels=(), words=None, target=())


def _check(table: Table, parameter: str, value: Any) -> None:
    for name in as_list(value) if value is not None else []:
        if not isinstance(name, str):
            raise ParameterError(f"{parameter}= must name a column, got {shown(name)}")
        if name not in table.names or not name:
            hint = did_you_mean(name, table.names)
            raise DataError(f"{table.where}: has no column {name!r}, but {some(table.names, 20)}{hint}")


def _usual(table: Table, parameter: str) -> str | None:
    """Find the one column with a usual name; several are an error."""
    found = [
        name for name in table.names if name.strip().lower().replace(" ", "_").replace("-", "_") in USUAL[parameter]
    ]
    if len(found) > 1:
        raise DataError(
            f"{table.where}: {some(found)} could each be the column for {parameter}; say which: "
            f"{parameter}={found[0]!r}"
        )
    return found[0] if found else None
