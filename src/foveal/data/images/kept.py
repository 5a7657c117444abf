"""Where decoded pictures are kept: in the cache on disk, in memory, or nowhere: then each reading decodes them."""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from foveal.core.errors import ParameterError
from foveal.core.free_memory import available_memory, shown_size
from foveal.core.rules import shown
from foveal.data.images import cache as store
from foveal.data.images.on_the_fly import OnTheFly
from foveal.data.images.pool import DIGEST_BYTES, decoded
from foveal.data.images.records import Bad, Place
from foveal.data.images.rule import InputRule, dtype_of, shape_of

#: Share of the free memory that decoded pictures may take.
SHARE = 4
_UNITS = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?b?)\s*", re.IGNORECASE)


class Kept(NamedTuple):
    """Rows (N, H, W, C) as an array, mapped or not; the digests of their pixels, if they were decoded; bad files."""

    X: Any
    digests: NDArray[np.uint8] | None
    bad: list[Bad]


def keep(
    root: str,
    places: Sequence[Place],
    rule: InputRule,
    *,
    cache: bool,
    limit: int,
    say: Callable[[str], None],
    shown: store.Shown,
) -> Kept:
    """Decode pictures and keep them where there is room; say where, and how large that is, before it is written."""
    shape, dtype = shape_of(rule), dtype_of(rule)
    needed = len(places) * store.row_bytes(shape, dtype)
    why_not = store.room_for(needed, limit, store.home()) if cache else "cache=False"
    if not why_not:
        folder = store.home() / store.key_of(places, rule)
        say(f"decoded pictures: {shown_size(needed)} in {folder}")
        return Kept(*store.decode_into(folder, root, places, rule, shape, dtype, shown))
    if needed <= available_memory(torch.device("cpu")) // SHARE:
        say(f"decoded pictures: {shown_size(needed)} in memory, to be decoded again next time ({why_not})")
        return _in_memory(places, rule, shape, dtype, shown)
    say(f"pictures are decoded each time they are read, which takes longer ({why_not}); cache_limit= sets the limit")
    return Kept(OnTheFly(places, rule, shape, dtype), None, [])


def _in_memory(
    places: Sequence[Place], rule: InputRule, shape: tuple[int, ...], dtype: Any, shown: store.Shown
) -> Kept:
    X, digests = np.zeros((len(places), *shape), dtype), np.zeros((len(places), DIGEST_BYTES), np.uint8)
    bad, done = list[Bad](), 0
    for outcomes in decoded(places, rule, range(len(places)), X.__setitem__):
        for outcome in outcomes:
            if outcome.reason:
                bad.append(Bad(places[outcome.row], outcome.reason))
            else:
                digests[outcome.row] = np.frombuffer(outcome.digest, np.uint8)
                done += 1
        shown(done, len(bad), len(places))
    return Kept(X, digests, bad)


def bytes_of(size: int | str, name: str) -> int:
    """Read a size, bytes or text such as "20GB".

    >>> bytes_of("1.5 MB", "cache_limit"), bytes_of(10, "cache_limit")
    (1500000, 10)
    """
    found = _SIZE.fullmatch(size) if isinstance(size, str) else None
    if found is not None:
        unit = found[2].lower()
        return int(float(found[1]) * _UNITS[unit if unit in _UNITS else f"{unit}b"])
    if isinstance(size, int) and not isinstance(size, bool) and size >= 0:
        return size
    raise ParameterError(f"{name} must be a number of bytes or a text such as '20GB', got {shown(size)}")
