"""What files and decoded pictures are known by: the same files as they are now, read by the same rule."""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b, sha256
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.data.images.reading.pool import DIGEST_BYTES
from foveal.data.images.reading.rule import InputRule
from foveal.data.images.records import Place

#: Of the meaning of rules, headers and files in the cache: another number, other keys.
VERSION = 2
#: So many files have some bytes in the digest, from their middle: where an archive gives all files one time and one
#: size, as with raw pixels, names alone would take one data set for another.
_SAMPLED, _BYTES = 64, 4096
_DIGITS = 20  # of 16 values: two keys of a million are the same by chance once in 10^12 times


class Files(NamedTuple):
    """What files are known by: all of them by one digest, and each by one of its own, (N, 16)."""

    digest: str
    each: NDArray[np.uint8]


def known_by(places: Sequence[Place]) -> Files:
    """Digest names, sizes and times of files, and some of their bytes; a folder that is moved keeps its digests.

    >>> a, b = (known_by([Place(f"{name}.png", f"{name}.png")]) for name in "ab")
    >>> a.digest == b.digest, a.each.shape
    (False, (1, 16))
    """
    about = repr((VERSION, _decoder())).encode()
    each = bytearray()
    path, status = "", (0, 0)
    for place in places:
        if place.path != path:  # the members of a tar have one
            path, status = place.path, _status(place.path)
        one = repr((place.name, place.offset, place.size, *status)).encode("utf-8", "backslashreplace")
        each += blake2b(one, digest_size=DIGEST_BYTES, key=about).digest()
    digest = sha256(about + each)
    for place in places[:: max(1, len(places) // _SAMPLED)][:_SAMPLED]:
        digest.update(_middle(place))
    return Files(digest.hexdigest(), np.frombuffer(bytes(each), np.uint8).reshape(-1, DIGEST_BYTES))


def files_digest(places: Sequence[Place]) -> str:
    """Give the one digest of `known_by`.

    >>> files_digest([Place("a.png", "a.png")]) == files_digest([Place("b.png", "b.png")])
    False
    """
    return known_by(places).digest


def key_of(files: str, rule: InputRule) -> str:
    """Give the name of a folder in the cache for files of a digest, read by a rule.

    >>> len(key_of("0" * 64, ()))
    20
    """
    return sha256(json.dumps([files, list(map(dict, rule))], sort_keys=True).encode()).hexdigest()[:_DIGITS]


def _decoder() -> str:
    """Name the version of Pillow, which decides on pixels."""
    with suppress(PackageNotFoundError):
        return version("pillow")
    return ""


def _status(path: str) -> tuple[int, int]:
    try:
        status = os.stat(path)  # noqa: PTH116  (a Path for each of a million files takes as long again)
    except (OSError, ValueError) as error:
        return -(getattr(error, "errno", 0) or 1), 0
    return status.st_size, status.st_mtime_ns


def _middle(place: Place) -> bytes:
    try:
        with place.open() as file:
            size = os.fstat(file.fileno()).st_size if place.size is None else place.size
            file.seek(place.offset + max(0, size - _BYTES) // 2)
            return file.read(min(size, _BYTES))
    except (OSError, ValueError):
        return b"-"
