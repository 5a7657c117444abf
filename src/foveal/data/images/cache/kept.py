"""Where decoded pictures are kept: in the cache on disk, in memory, or nowhere: then each reading decodes them."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from foveal.core.errors import ParameterError, ResourceError
from foveal.core.free_memory import available_memory, shown_size
from foveal.core.rules import shown
from foveal.data.images.cache import store
from foveal.data.images.cache.keys import key_of
from foveal.data.images.cache.store import CannotBeginError, Work
from foveal.data.images.on_the_fly import OnTheFly
from foveal.data.images.progress import Progress
from foveal.data.images.reading.pool import DIGEST_BYTES, decoded
from foveal.data.images.reading.rule import dtype_of, shape_of
from foveal.data.images.reading.sums import channels_summed
from foveal.data.images.records import Bad

#: Share of the free memory that decoded pictures may take.
SHARE = 4
_UNITS = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?b?)\s*", re.IGNORECASE)


class Kept(NamedTuple):
    """A row for each place, (N, H, W, C), as an array, mapped or not; digests and sums of their pixels; bad files."""

    X: Any
    digests: NDArray[np.uint8]
    sums: NDArray[np.uint64]
    bad: list[Bad]


def keep(work: Work, files: str | None, limit: int, progress: Progress) -> Kept:
    """Decode pictures and keep them where there is room; say where, and how large that is, before it is written.

    `files` is the digest of the files, by which they are known in the cache; without it they are not kept there.
    """
    why_not = "cache=False"
    if files is not None:
        try:
            return _in_cache(work, files, limit, progress)
        except (CannotBeginError, OSError) as error:
            why_not = str(error)
    size = shown_size(work.size)
    if work.size <= available_memory(torch.device("cpu")) // SHARE:
        progress.say(f"decoded pictures: {size} in memory, to be decoded again next time ({why_not})")
        X = np.zeros(work.shape, dtype_of(work.rule))
        return Kept(X, *_decoded(work, X.__setitem__, progress))
    progress.say(
        f"{size} of decoded pictures are not kept: they are decoded each time they are read, which takes longer "
        f"({why_not}); cache_limit= sets the limit, FOVEAL_CACHE the folder"
    )
    if work.reader is None:
        fly: Any = OnTheFly(work.places, work.rule, shape_of(work.rule), dtype_of(work.rule))
    else:
        fly = work.reader.each_time(work.places, work.rule)
    return Kept(fly, *_decoded(work, lambda row, pixels: None, progress))


def _in_cache(work: Work, files: str, limit: int, progress: Progress) -> Kept:
    """Map what the cache has, or decode into it; raises `CannotBeginError` where it cannot be written to."""
    try:
        folder = store.home() / key_of(files, work.rule)
    except ResourceError as error:  # no home folder
        raise CannotBeginError(str(error)) from error
    found = store.whole(folder, work)
    if found is not None:
        progress.say(f"decoded pictures: {shown_size(work.size)} in {folder}, from before")
        return Kept(*found)
    if why_not := store.room_for(folder, work, limit):
        raise CannotBeginError(why_not)
    progress.say(f"decoded pictures: {shown_size(work.size)} in {folder}")
    return Kept(*store.decode_into(folder, work, progress))


def _decoded(
    work: Work, write: Callable[[int, NDArray[Any]], None], progress: Progress
) -> tuple[NDArray[np.uint8], NDArray[np.uint64], list[Bad]]:
    """Decode all that is wanted; give the digests, the sums, and what is no picture."""
    count, *_, channels = work.shape
    digests = np.zeros((count, DIGEST_BYTES), np.uint8)
    sums = np.zeros((count, channels_summed(channels, dtype_of(work.rule)), 2), np.uint64)
    bad, done = list[Bad](), 0
    decode = decoded if work.reader is None else work.reader.decoded
    for outcomes in decode(work.places, work.rule, work.wanted.tolist(), write):
        for outcome in outcomes:
            if outcome.reason:
                bad.append(Bad(work.places[outcome.row], outcome.reason))
            else:
                digests[outcome.row] = np.frombuffer(outcome.digest, np.uint8)
                if outcome.sums is not None:
                    sums[outcome.row] = outcome.sums
        done += len(outcomes)
        progress.show("decoding", done - len(bad), len(bad), len(work.wanted))
    return digests, sums, bad


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
