"""Pictures as rows to learn from: an array (N, H, W, C) to look at, a source to train on, and what is known of each."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataError
from foveal.core.forms import Form
from foveal.data.file_views import unlocked
from foveal.data.images.listing.splits import rows_of_part
from foveal.data.images.reading.rule import InputRule, stored_by
from foveal.data.images.reading.sums import added
from foveal.data.images.records import Bad
from foveal.data.middle import middle_of
from foveal.data.rows import Rows
from foveal.data.scale import scale_of_sums
from foveal.data.source import Array, Statistics

#: Files that were left out, and stand in the model file by their names.
_NAMED = 20


class Pictures:
    """Pictures read by one rule, (N, H, W, C): what `foveal.open_images` gives.

    An estimator takes it as X, with `y`. Indexed like an array, `X[5]`, `X[10:20]`, `X[rows]`, it gives ordinary
    arrays.

    y : the labels or targets of the rows, or None. Or their masks, (N, H, W), of the rows as they are stored: where
        those are `larger` than these, of the larger ones.
    ignored, mask_rule : the label of the masks' pixels that do not count, padding among them; what labels stand for.
    class_names : the classes, in order; None for targets.
    files : the name of each row's file, as it was listed.
    input_rule : what is done to a file before the network, step by step; the model file keeps it.
    groups : a number for each row; rows of one group never fall on both sides of a split. Pictures with the same pixels
        are of one group.
    split : "train", "valid" or "test" for each row, where the data says so; `part("train")` gives those rows.
    skipped : files that were no pictures, where they were asked to be left out.
    sums : (N, C, 2), of all rows that are stored the sum of each channel and that of its squares, where they are known.
    larger : the same rows as they are stored, where that is larger: these are the middle of them, and training cuts
        crops out of them. Mean and deviation are those of the larger ones, which no pixel is read for.
    about : how many rows were opened, files left out, and pictures there more than once, and what labels in masks
        stand for; the model file keeps it.
    """

    lengths: Array | None = None

    def __init__(
        self,
        X: Any,
        input_rule: InputRule,
        files: NDArray[Any],
        *,
        in_memory: bool,
        sums: NDArray[np.uint64] | None = None,
        larger: Any = None,
        y: NDArray[Any] | None = None,
        names: tuple[str, ...] | None = None,
        groups: NDArray[Any] | None = None,
        split: NDArray[Any] | None = None,
        skipped: Sequence[Bad] = (),
        duplicates: int = 0,
        numbers: Array | None = None,
        masks: Any = None,
        mask_rule: Mapping[str, Any] | None = None,
    ) -> None:
        self._rows, self._sums = Rows(X, numbers), sums
        self._larger = None if larger is None else Rows(larger)  # which goes to workers as its place in a file
        self.form: Form = self._rows.form
        self.dtype, self.in_memory, self.input_rule = X.dtype, in_memory, input_rule
        self.files, self._y, self._names, self.groups, self.split = files, y, names, groups, split
        self._masks, self.mask_rule = masks, mask_rule
        self.skipped = tuple(skipped)
        self.about = about_rows(len(self), self.skipped, duplicates, mask_rule)

    @property
    def y(self) -> Any:
        """The labels or targets of the rows, or their masks, (N, H, W); None where nothing is known."""
        if self._masks is None:
            return self._y
        return self._masks if self._rows.numbers is None else self._masks[self._rows.numbers]

    @property
    def ignored(self) -> int | None:
        """The label of the masks' pixels that do not count."""
        return None if self.mask_rule is None else self.mask_rule["ignored"]

    @property
    def class_names(self) -> tuple[str, ...] | None:
        """The classes, in order."""
        return self._names

    @property
    def larger(self) -> Self | None:
        """The rows as they are stored, to cut crops out of; None where they are stored as they are here."""
        if self._larger is None:
            return None
        rule, numbers = stored_by(self.input_rule), self._rows.numbers
        return type(self)(self._larger.X, rule, self.files, in_memory=self.in_memory, sums=self._sums, numbers=numbers)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape (N, H, W, C)."""
        channels, *axes = self.form[0].sizes
        return len(self), *axes, channels

    @property
    def ndim(self) -> int:
        """Number of axes: 4."""
        return len(self.shape)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, rows: Any) -> Array:
        """Read one row, a slice of rows, or rows by number or mask."""
        numbers = np.arange(len(self))[rows]
        return self._rows.read(numbers)[0] if numbers.ndim else self._rows[int(numbers)]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Read everything into memory."""
        return np.asarray(self[:], dtype)

    def read(self, rows: Array) -> tuple[Array]:
        """Read rows as (B, H, W, C)."""
        return self._rows.read(rows)

    def between(self, first: int, stop: int) -> tuple[Array]:
        """Read rows that follow each other."""
        return self._rows.between(first, stop)

    def mapped(self) -> tuple[Array, Array] | None:
        """Give the array of bytes that is mapped from a file and the numbers of these rows in it, if there is one."""
        X = (self._larger or self._rows).X
        free = unlocked(X) if isinstance(X, np.ndarray) else X
        if free is X or X.dtype != np.uint8:
            return None
        height, width = self.shape[1:3]
        return middle_of(free, (height, width)), self._rows._numbers(np.arange(len(self)))

    def chosen(self, rows: Array) -> Self:
        """Give some of the rows; nothing is read."""
        numbers = np.arange(len(self))[rows]

        def of(column: NDArray[Any] | None) -> NDArray[Any] | None:
            return None if column is None else column[numbers]

        found = type(self)(
            self._rows.X,
            self.input_rule,
            self.files[numbers],
            in_memory=self.in_memory,
            sums=self._sums,
            larger=self._larger and self._larger.X,
            y=of(self._y),
            names=self._names,
            groups=of(self.groups),
            split=of(self.split),
            skipped=self.skipped,
            numbers=self._rows._numbers(numbers),
            masks=self._masks,
            mask_rule=self.mask_rule,
        )
        found.about = self.about  # of all that were opened
        return found

    def part(self, name: str) -> Self:
        """Give the rows of a part of the split, "train", "valid" or "test"."""
        return self.chosen(rows_of_part(self.split, name, "pictures"))

    def statistics(self, rows: Array, dtype: Any) -> Statistics:
        """Give each channel's mean and deviation: of integers from the sums of each row, so that no pixel is read."""
        if (larger := self.larger) is not None:
            return larger.statistics(rows, dtype)
        if self._sums is None or not self._sums.shape[1]:
            return self._rows.statistics(rows, dtype)
        height, width = self.shape[1:3]
        return scale_of_sums(
            added(self._sums[self._rows._numbers(rows)]), len(rows) * height * width, self.dtype, dtype
        )

    def digest(self) -> bytes:
        """Hash the shape, the dtype and rows in even distances."""
        larger = self.larger
        return self._rows.digest() if larger is None else larger.digest() + repr(self.shape).encode()

    def labels(self) -> NDArray[Any]:
        """Give y; raises `DataError` where nothing is known of the rows."""
        if (y := self.y) is None:
            raise DataError(
                "these pictures have no labels; put them into a folder for each class, or name a table's column, "
                "label='...'"
            )
        return np.asarray(y)


def about_rows(
    rows: int, skipped: Sequence[Bad], duplicates: int, mask_rule: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Say how many pictures were opened, left out, and there more than once; and what labels in masks stand for."""
    first = [f"{bad.place.name}: {bad.reason}" for bad in skipped[:_NAMED]]
    said = {"rows": rows, "skipped": len(skipped), "first_skipped": first, "duplicates": duplicates}
    return said if mask_rule is None else said | {"masks": dict(mask_rule)}
