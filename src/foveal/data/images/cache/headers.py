"""Headers of pictures that were read before, in the user's cache: the first pass is made once for files as they are."""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from foveal.core.errors import ResourceError
from foveal.core.files import write_atomically
from foveal.data.fetch import cache_folder
from foveal.data.images.progress import Progress
from foveal.data.images.reading.headers import scan
from foveal.data.images.records import Bad, Header, Place

_TYPES = (str, int, int, int, int, str, int)
#: Fewer files are looked at in less time than it takes to write what was found.
_FROM = 100


def headers_folder() -> Path:
    """Give the folder that headers lie in."""
    return cache_folder() / "headers"


def read_headers(
    places: Sequence[Place], files: str | None, progress: Progress
) -> tuple[list[Header | None], list[Bad]]:
    """Give the header of each place, None where it is bad, and the bad ones.

    `files` is the digest of the places, by which they are known again; without it nothing is looked up or kept. What
    was bad is looked at again: whether a file may be read does not show in its size and time.
    """
    headers: list[Header | None] = [None] * len(places)
    if files:
        headers = _known(files, len(places))
    todo = [row for row, header in enumerate(headers) if header is None]
    if not todo:
        return headers, []
    found, bad = scan(
        [places[row] for row in todo],
        told=lambda done, wrong: progress.show("reading headers", done - wrong, wrong, len(todo)),
    )
    same: dict[Header, Header] = {}
    for row, header in zip(todo, found, strict=True):
        headers[row] = None if header is None else same.setdefault(header, header)
    if files and len(places) >= _FROM and len(bad) < len(todo):
        with suppress(ResourceError):  # the cache cannot be written to: they are read again next time
            _keep(files, headers)
    return headers, bad


def _path(files: str) -> Path:
    return headers_folder() / f"{files[:20]}.json"


def _keep(files: str, headers: Sequence[Header | None]) -> None:
    """Write each header that differs once, and for each place its number; -1 for none."""
    number = {header: place for place, header in enumerate(dict.fromkeys(h for h in headers if h is not None))}
    content = {"files": files, "headers": list(number), "which": [-1 if h is None else number[h] for h in headers]}
    try:
        headers_folder().mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResourceError(f"{headers_folder()}: {error.strerror}") from error
    write_atomically(_path(files), json.dumps(content, separators=(",", ":"), default=int).encode())


def _known(files: str, count: int) -> list[Header | None]:
    """Read what is known of files; what is damaged is not known."""
    try:
        content = json.loads(_path(files).read_bytes())
        headers, which = [_header(values) for values in content["headers"]], content["which"]
        sound = content["files"] == files and len(which) == count
        if sound and all(type(number) is int and -1 <= number < len(headers) for number in which):
            return [None if number < 0 else headers[number] for number in which]
    except (OSError, ValueError, TypeError, LookupError, ResourceError):
        pass
    return [None] * count


def _header(values: Any) -> Header:
    if not isinstance(values, list) or list(map(type, values)) != list(_TYPES):
        raise TypeError(values)
    return Header(*values)
