"""Paths as people write them, in tables and lists, as places of files."""

import os
import posixpath
from collections.abc import Sequence
from pathlib import Path

from foveal.core.errors import DataError
from foveal.data.images.listing.names import ENDINGS, printable, some
from foveal.data.images.records import Place

#: So many files, spread over the list, are looked for before the first pass: where all lack, the folder is wrong.
_SAMPLE = 20


def path_problem(text: str) -> str:
    """Say in a few words why a text is no path of a file, or give an empty string.

    >>> path_problem("a/b.png"), path_problem(" "), path_problem("https://a.org/b.png")
    ('', 'no path', 'an address of the web; download it first')
    """
    if not text.strip() or posixpath.normpath(text) in (".", "/", ".."):
        return "no path"
    if "://" in text:
        return "an address of the web; download it first"
    return "a path with a null byte" if "\0" in text else ""


def place_of(root: str, text: str) -> Place:
    r"""Give the place of a path, which is relative to `root` unless it is absolute.

    A path that was written on Windows, `cats\1.png`, is read as `cats/1.png` where no file has the backslash in its
    name. `Place.name` is the path from `root` on, without "." and what ".." takes back.

    >>> place_of("/data", "./cats/1.png")
    Place(path='/data/cats/1.png', name='cats/1.png', offset=0, size=None)
    """
    if "\\" in text and (os.sep == "\\" or not os.path.lexists(Path(root, text))):
        text = text.replace("\\", "/")
    name = posixpath.normpath(text)
    path = text if ".." in text else name  # what ".." takes back may be a link: the system goes the way as written
    base = f"{root.rstrip('/')}/"
    if Path(text).is_absolute():
        return Place(path, printable(name.removeprefix(base)))
    return Place(base + path, printable(name))


def check_some_exist(where: str, root: str, places: Sequence[Place]) -> None:
    """Raise `DataError` where none of a sample of files is there; single ones that lack are for the first pass."""
    sample = places[:: max(1, len(places) // _SAMPLE)][:_SAMPLE]
    if any(os.path.lexists(place.path) for place in sample):
        return
    names = some((place.name for place in sample), 3)
    message = f"{where}: none of {names} is there; paths are taken from {printable(root)}"
    for ending in sorted(ENDINGS):
        if any(os.path.lexists(f"{place.path}.{ending}") for place in sample):
            raise DataError(f"{message}, which has {sample[0].name}.{ending}: write paths with their ending")
    raise DataError(f"{message}: give the folder they start from as root=, or mend them")
