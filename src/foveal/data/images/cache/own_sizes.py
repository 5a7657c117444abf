"""Pictures kept in their own sizes: those of one size lie in a store of their own, and are seen as one list."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.core.free_memory import shown_size
from foveal.data.images.cache.kept import Kept, keep
from foveal.data.images.cache.store import Work
from foveal.data.images.on_the_fly import OnTheFly
from foveal.data.images.progress import SILENT, Progress
from foveal.data.images.reading.pool import DIGEST_BYTES
from foveal.data.images.reading.rule import InputRule, dtype_of, shape_of, step_of
from foveal.data.images.records import Bad, Header

Array = NDArray[Any]

#: Sizes that have a store of their own on disk; where there are more, pictures are in memory, or decoded when read.
MOST_SIZES = 64


def is_own(rule: InputRule) -> bool:
    """Tell whether a rule leaves pictures their own sizes.

    >>> is_own(({"step": "resize", "how": "own", "size": [64, 64]},))
    True
    """
    return bool(step_of(rule, "resize")["how"] == "own")


def at_size(rule: InputRule, size: Sequence[int]) -> InputRule:
    """Give the rule of pictures that have a size already.

    >>> at_size(({"step": "resize", "how": "own", "size": [64, 64]},), (30, 40))
    ({'step': 'resize', 'how': 'squash', 'size': [30, 40]},)
    """
    resize = {"step": "resize", "how": "squash", "size": [int(n) for n in size]}
    return tuple(resize if step["step"] == "resize" else step for step in rule if step["step"] != "crop")


class Ragged:
    """A list of arrays of their own sizes, (H, W, C) or (H, W): views of those of one size, `parts`.

    `where` has for each the number of its part and of its row there. What is decoded when it is read is so for each
    slice of it; the last one read is kept.
    """

    def __init__(self, parts: Sequence[Any], where: Array) -> None:
        self.parts, self.where, self.dtype = list(parts), where, parts[0].dtype

    def __len__(self) -> int:
        return len(self.where)

    def __getitem__(self, row: Any) -> Any:
        """Give one, or for several rows a list."""
        if isinstance(row, int | np.integer):
            part, number = self.where[row].tolist()
            held = self.parts[part]
            return held[number] if isinstance(held, np.ndarray) else OneDecoded(held, number)
        return [self[int(number)] for number in np.arange(len(self))[row]]

    def chosen(self, rows: Array) -> "Ragged":
        """Give some of them; nothing is read."""
        return Ragged(self.parts, self.where[rows])

    def flat(self) -> "Ragged":
        """Give (H, W) of each (H, W, 1)."""
        return Ragged([part[..., 0] if isinstance(part, np.ndarray) else part for part in self.parts], self.where)


class OneDecoded:
    """A picture that is decoded when it is read, and kept until another one of its size is."""

    def __init__(self, rows: OnTheFly, number: int) -> None:
        self.rows, self.number, self.dtype = rows, number, rows.dtype
        is_mask = bool(step_of(rows.rule, "labels"))
        self.shape = rows.shape[1:-1] if is_mask else rows.shape[1:]
        self.ndim = len(self.shape)
        self._last: Array | None = None

    def __getitem__(self, place: Any) -> Array:
        """Decode it, and give a part."""
        return np.asarray(np.asarray(self)[place])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Decode it."""
        if self._last is None:
            self._last = self.rows[self.number].reshape(self.shape)
        return np.asarray(self._last, dtype)


def keep_own(work: Work, files: str | None, headers: Sequence[Header | None], limit: int, progress: Progress) -> Kept:
    """Decode pictures and keep them in their own sizes, `keep` for each size."""
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row in work.wanted.tolist():
        header = headers[row]
        assert header is not None  # noqa: S101  (rows without one are not wanted)
        groups[header.height, header.width].append(row)
    where, parts, bad = np.zeros((len(work.places), 2), int), list[Any](), list[Bad]()
    digests = np.zeros((len(work.places), DIGEST_BYTES), np.uint8)
    total = sum(h * w * len(rows) for (h, w), rows in groups.items()) * shape_of(work.rule)[2]
    total *= dtype_of(work.rule).itemsize
    many = len(groups) > MOST_SIZES
    files = None if many or total > limit else files
    told = SILENT._replace(show=progress.show) if many else progress
    if many:
        progress.say(f"pictures have {len(groups):,} sizes, {shown_size(total)} decoded: in memory, or decoded anew")
    for number, (size, rows) in enumerate(groups.items()):
        each = None if work.files is None else work.files[rows]
        some = Work(work.root, [work.places[row] for row in rows], np.arange(len(rows)), at_size(work.rule, size), each)
        kept = keep(some, files, limit, told)
        parts.append(kept.X)
        bad += kept.bad
        where[rows] = np.stack([np.full(len(rows), number), np.arange(len(rows))], axis=1)
        digests[rows] = kept.digests
    return Kept(Ragged(parts, where), digests, np.zeros((len(work.places), 0, 2), np.uint64), bad)
