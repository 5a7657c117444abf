"""Rows of arrays, examined: .npz files, folders of .npy files and shards, named sets; sounds, volumes, videos too."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.compare.small import shrunk, small_sizes, source_of
from foveal.core.errors import DataError, ParameterError
from foveal.core.forms import Form
from foveal.data.dataset import Dataset
from foveal.data.group_arrays import groups_beside
from foveal.data.images.progress import Progress
from foveal.doctor.subject import PARTS, Look, Subject, blocks, numbered
from foveal.doctor.traits import MOST_CHANNELS, Traits, as_seen

Array = NDArray[Any]

#: Rows in even distances that say how dark and light, and how far apart values are; bytes that are read at once.
_SAMPLED, _BYTES = 1000, 2**25
#: Rows are the same after rounding whose values are, to this share of each channel's deviation.
ROUNDED = 0.01
_LEAST_SIDE = 4


class Joined:
    """The parts of a data set as one run of rows."""

    def __init__(self, data: Dataset) -> None:
        held = zip(PARTS, (data.X_train, data.X_valid, data.X_test), (data.y_train, data.y_valid, data.y_test),
                   strict=True)  # fmt: skip
        self.parts = [(name, source_of(X, data.layout), X, y) for name, X, y in held if X is not None]
        self.ends = np.cumsum([len(source) for _, source, _, _ in self.parts])
        self.form: Form = self.parts[0][1].form
        self.part = np.concatenate([np.repeat(name, len(source)) for name, source, _, _ in self.parts])
        self.names = [f"{name} row {row}" for name, source, _, _ in self.parts for row in range(len(source))]
        files = [getattr(X, "files", None) for _, _, X, _ in self.parts]
        if not any(of is None for of in files):
            self.names = [str(file) for of in files if of is not None for file in of]

    @property
    def is_one_array(self) -> bool:
        """Whether each row is one array, of one shape."""
        return len(self.form) == 1 and not any(part.varies for part in self.form)

    def read(self, rows: Array) -> Array:
        r"""Read rows of one part, (B, \*S, C); of rows that vary in length, one at a time."""
        place = int(np.searchsorted(self.ends, rows[0], side="right"))
        first = int(self.ends[place - 1]) if place else 0
        return np.asarray(self.parts[place][1].read(rows - first)[0])

    def blocks(self, size: int) -> list[Array]:
        """Cut all rows into blocks, each of one part."""
        parts = [np.arange(a, b) for a, b in pairwise([0, *self.ends.tolist()])]
        return [block for part in parts for block in blocks(part, size)]

    def labels(self) -> tuple[Array | None, bool]:
        """Give the labels of all rows; False where parts do not go together, or a row has several."""
        found = [np.asarray(y) for *_, y in self.parts if y is not None and np.ndim(y) == 1]
        if len(found) < len(self.parts):
            return None, False
        return np.concatenate(found), True


def subject_of_arrays(source: str, data: Dataset, group: str | None, progress: Progress) -> Subject:
    """Read all rows of a data set, a block at a time; `group` is a key or file beside X."""
    joined = Joined(data)
    seen = _seen(joined) if joined.is_one_array else None
    traits = _traits(joined, pictures=seen is not None)
    _read(joined, traits, seen, progress)
    y, sound = joined.labels()
    numbers, classes = numbered(y, data.class_names) if sound else (None, ())
    columns = _of_columns(joined)
    bad = [(bad.place.name, bad.reason) for bad in getattr(data.X_train, "skipped", ())]
    return Subject(
        source=source,
        sort="arrays",
        names=joined.names,
        part=joined.part if len(joined.parts) > 1 else None,
        y=numbers,
        classes=classes,
        groups=_groups(source, data, group, joined),
        traits=traits,
        look=lambda row: _look(joined, row, seen),
        facts={"shape": _shape(joined), "values": _values(joined)},
        bad=bad,
        channels=tuple(f"column {c}" for c in range(traits.means.shape[1])) if columns else (),
        parts_of_arrays=[(name, X, y) for name, _, X, y in joined.parts],
    )


def _traits(joined: Joined, *, pictures: bool) -> Traits:
    rows = len(joined.names)
    if not joined.is_one_array:
        return Traits(rows, joined.form[0].shape[0] or 0)
    channels = joined.form[0].sizes[0]
    if pictures:
        return Traits(rows, channels, pictures=True)
    sample = _as_columns(joined, _sample(joined))
    deviation = np.nan_to_num(sample.reshape(-1, sample.shape[-1]).astype(np.float64)).std(axis=0)
    unit = np.where(deviation > 0, deviation, 1.0) * ROUNDED
    try:
        values = channels * int(np.prod(small_sizes(joined.form)))
    except DataError:
        values = 0
    return Traits(rows, sample.shape[-1], values=values, unit=unit)


def _read(joined: Joined, traits: Traits, seen: Callable[[Array], Array] | None, progress: Progress) -> None:
    one = joined.is_one_array
    row_bytes = 4 * int(np.prod(joined.form[0].sizes)) if one else 0
    done, rows = 0, len(joined.names)
    for numbers in joined.blocks(max(1, min(1024, _BYTES // row_bytes)) if one else 1):
        block = joined.read(numbers)
        wide = _as_columns(joined, block)
        for place, row in enumerate(numbers.tolist()):
            traits.take(row, wide[place], None if seen is None else seen(block[place]))
        if seen is None and traits.small is not None:
            small = shrunk(np.nan_to_num(block.astype(np.float32)), small_sizes(joined.form))
            traits.small.write(int(numbers[0]), small.reshape(len(block), -1))
        done += len(numbers)
        progress.show("reading rows", done, 0, rows)


def _of_columns(joined: Joined) -> bool:
    """Tell whether rows are those of a table, (L, 1), whose columns are looked at one by one."""
    sizes = joined.form[0].sizes
    return joined.is_one_array and len(sizes) == 2 and sizes[0] == 1 and sizes[1] <= MOST_CHANNELS


def _as_columns(joined: Joined, block: Array) -> Array:
    return block.swapaxes(1, 2) if _of_columns(joined) else block


def _sample(joined: Joined) -> Array:
    """Read rows in even distances, of the part to learn from."""
    rows = int(joined.ends[0])
    return joined.read(np.arange(0, rows, max(1, rows // _SAMPLED))[:_SAMPLED])


def _seen(joined: Joined) -> Callable[[Array], Array] | None:
    """Give what makes a picture of a row, where rows are pictures."""
    _, *sides = joined.form[0].sizes
    if len(sides) != 2 or min(sides) < _LEAST_SIDE:
        return None
    sample = _sample(joined)
    if sample.dtype == np.uint8:
        return as_seen
    known = sample[np.isfinite(sample)] if sample.dtype.kind == "f" else sample
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    return lambda pixels: as_seen(pixels, low, high)


def _look(joined: Joined, row: int, seen: Callable[[Array], Array] | None) -> Look:
    values = joined.read(np.array([row]))[0]
    if seen is not None:
        return Look(seen(values))
    if joined.is_one_array and values.ndim == 2:
        return Look(signal=values[:, 0].astype(np.float64))
    return Look(text=f"values of shape {values.shape}")


def _groups(source: str, data: Dataset, group: str | None, joined: Joined) -> Array | None:
    """Give the group of each row: of those to learn from, and under NAME_test of those to test on, if it is there."""
    if group is None:
        held = [getattr(X, "groups", None) for _, _, X, _ in joined.parts]
        return None if any(of is None for of in held) or len(held) > 1 else np.asarray(held[0])
    if not Path(source).exists():
        raise ParameterError(
            f"--group names a key of an .npz file or an .npy file of a folder, and {source} is neither"
        )
    found = []
    for name, rows, _, _ in joined.parts:
        key = group if name == "train" else f"{group}_{name}"
        found.append(groups_beside(source, key, len(rows)).astype(str))
    return np.concatenate(found)


def _shape(joined: Joined) -> str:
    return "; ".join(
        f"{part.name} {'x'.join('?' if s is None else str(s) for s in part.shape)}" for part in joined.form
    )


def _values(joined: Joined) -> str:
    sample: Sequence[Any] | Array = joined.read(np.array([0]))
    return f"{np.asarray(sample).dtype}"
