"""A file of class names beside tars whose labels are numbers."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from foveal.core.errors import DataError, ResourceError
from foveal.data.images.listing.labels import WHOLE
from foveal.data.images.listing.names import nfc, printable, some

#: What such a file is called; the first that is there is taken.
FILES = tuple(f"{name}.{ending}" for name in ("class_names", "classnames", "classes") for ending in ("txt", "json"))
_MOST = 2**22


def class_list(folders: Iterable[Path]) -> tuple[Path, list[str]] | None:
    r"""Read the names of the classes 0, 1, 2 ... that lie in one of some folders; None where there is no such file.

    Of `.txt` each line is a name. `.json` is a list of them, or an object from number to name or from name to number.

    Raises
    ------
    DataError
        If the file holds something else, or one name for two classes.
    ResourceError
        If it cannot be read.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "classes.txt").write_text("cat\ndog\n")
    ...     class_list([Path(folder)])[1]
    ['cat', 'dog']
    """
    path = next((path for folder in folders for name in FILES if (path := folder / name).is_file()), None)
    if path is None:
        return None
    try:
        if path.stat().st_size > _MOST:
            raise DataError(f"{path}: has more than 4 MiB, so it is no list of class names; move it away")
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ResourceError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is no text in UTF-8; write it so, or move it away") from error
    names = _of_json(path, text) if path.suffix == ".json" else [line.strip() for line in text.strip().splitlines()]
    return path, _checked(path, names)


def named(labels: Sequence[str], path: Path, names: Sequence[str]) -> list[str]:
    """Give the names of labels that are numbers; raises `DataError` for one that has none.

    >>> named(["1", "0"], Path("classes.txt"), ["cat", "dog"])
    ['dog', 'cat']
    """
    strange = sorted({label for label in labels if not 0 <= int(label) < len(names)}, key=int)
    if strange:
        raise DataError(
            f"{printable(str(path))}: names the classes 0 to {len(names) - 1}, and there are labels {some(strange)}; "
            "give each its line, counted from 0, or move the file away"
        )
    return [names[int(label)] for label in labels]


def are_numbers(labels: Sequence[str]) -> bool:
    """Tell whether all labels are whole numbers."""
    return all(WHOLE.fullmatch(label) for label in set(labels))


def _of_json(path: Path, text: str) -> list[Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: is no JSON ({error}); write a list of names, or move it away") from error
    if isinstance(found, dict):
        pairs = [(value, key) if isinstance(value, int) else (key, value) for key, value in found.items()]
        by_number = {str(number): name for number, name in pairs}
        found = [by_number.get(str(number)) for number in range(len(pairs))]
    return found if isinstance(found, list) else [None]


def _checked(path: Path, names: list[Any]) -> list[str]:
    if not names or not all(isinstance(name, str) and name.strip() for name in names):
        raise DataError(
            f"{printable(str(path))}: must hold the names of the classes 0, 1, 2 ..., each on a line, in JSON a list; "
            "mend it, or move it away"
        )
    found = [nfc(printable(name.strip())) for name in names]
    twice = sorted({name for name in found if found.count(name) > 1})[:5] if len(set(found)) < len(found) else []
    if twice:
        raise DataError(f"{printable(str(path))}: has {some(twice)} for two classes; give one of them another name")
    return found
