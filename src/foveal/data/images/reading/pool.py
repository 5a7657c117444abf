"""Pictures decoded on all cores, in any order, some at a time."""

import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.data.images.reading.decode import decode
from foveal.data.images.reading.headers import content_of
from foveal.data.images.reading.labels import decode_labels
from foveal.data.images.reading.quiet import quiet
from foveal.data.images.reading.rule import InputRule, step_of
from foveal.data.images.reading.sums import sums_of
from foveal.data.images.records import BadPicture, Place

#: Where a picture lies, or the picture itself: a file's bytes, a PIL image, an array (H, W, C) or (H, W).
Given = Any

#: Bytes of a digest of pixels: two pictures of a million have the same by chance once in 10^26 times.
DIGEST_BYTES = 16
#: Pictures of a task: enough that handing over costs little, few enough that progress is seen.
_AT_ONCE = 16


class Outcome(NamedTuple):
    """What became of a picture: the digest of its pixels and the sums of its channels, or why it is none."""

    row: int
    digest: bytes
    reason: str = ""
    sums: NDArray[np.uint64] | None = None


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def decoded(
    pictures: Sequence[Given], rule: InputRule, rows: Sequence[int], write: Callable[[int, NDArray[Any]], None]
) -> Generator[list[Outcome], None, None]:
    """Decode pictures by number, and give each to `write`, from several threads; yield what became of some of them.

    Decoding and resizing let the interpreter go, so threads fill the cores, and there is nothing to start or to send.
    An `OSError` of `write` (the disk is full) is raised here. One who leaves, or is interrupted, waits for the pictures
    that are being decoded, and no more.
    """
    left = threading.Event()

    def work(numbers: Sequence[int]) -> list[Outcome]:
        with quiet():
            return [_one(pictures[row], rule, row, write) for row in numbers if not left.is_set()]

    threads = cores()
    with ThreadPoolExecutor(threads, thread_name_prefix="foveal-decode") as pool:
        under_way: deque[Future[list[Outcome]]] = deque()
        try:
            for numbers in _shares(rows, threads):
                under_way.append(pool.submit(work, numbers))
                if len(under_way) > 2 * threads:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            left.set()
            pool.shutdown(wait=True, cancel_futures=True)


def _one(given: Given, rule: InputRule, row: int, write: Callable[[int, NDArray[Any]], None]) -> Outcome:
    try:
        in_file, read = isinstance(given, Place), decode_labels if step_of(rule, "labels") else decode
        pixels = read(content_of(given) if in_file else given, rule, given.name if in_file else f"picture {row}")
    except BadPicture as bad:
        return Outcome(row, b"", bad.reason)
    write(row, pixels)
    return Outcome(row, digest_of(pixels), "", sums_of(pixels))


def digest_of(pixels: NDArray[Any]) -> bytes:
    """Hash the pixels of a picture."""
    return blake2b(np.ascontiguousarray(pixels).data, digest_size=DIGEST_BYTES).digest()


def _shares(rows: Sequence[int], threads: int) -> Iterator[Sequence[int]]:
    """Cut rows into tasks; few rows are shared among all threads."""
    at_once = max(1, min(_AT_ONCE, -(-len(rows) // threads)))
    return (rows[first : first + at_once] for first in range(0, len(rows), at_once))
