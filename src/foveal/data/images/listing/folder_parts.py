"""Which folders of the first level are train, valid and test; where it is open, that is an error."""

from collections import defaultdict

from foveal.core.errors import DataError
from foveal.data.images.listing.names import PICTURES, Sort, many, part_of, printable, some
from foveal.data.images.listing.walk import Found
from foveal.data.images.records import Told


def folder_parts(where: str, found: Found, told: Told, sort: Sort = PICTURES) -> dict[str, str]:
    """Give the part of each folder of the first level; an empty dict where the folders are classes.

    They are parts where all have a part's name, or train and another one have; the rest is then left out. A class may
    be called "train" where it holds pictures and no folders, beside classes without a part's name.

    Raises
    ------
    DataError
        If parts lack train, if two folders mean one part, if a part has pictures but no class folders, or if a folder
        with a part's name stands beside others so that nobody can tell what it is.
    """
    first = [name for name in found.folders if "/" not in name]
    words = {name: part for name in first if (part := part_of(name)) is not None}
    rest = [name for name in first if name not in words]
    if not words or _is_class(words, rest, found):
        return {}
    if rest and not ("train" in words.values() and len(set(words.values())) > 1):
        raise DataError(
            f"{printable(where)}: {some(words)} beside {some(rest, 3)}: a part of the data or a class? For parts keep "
            "only train, valid and test here; for a class give the folder a longer name, or pattern='{label}/{}'"
        )
    if "train" not in words.values():
        raise DataError(f"{printable(where)}: has {some(words)}, but no train; name one of them train, or add it")
    _check_each(where, words, found, sort)
    if rest:
        told(f"left out {some(rest)}: neither train, valid nor test")
    return words


def _is_class(words: dict[str, str], rest: list[str], found: Found) -> bool:
    """Tell whether the only folder with a part's name is "train" and holds pictures itself, as the others do."""
    name = next(iter(words))
    if not rest or list(words.values()) != ["train"]:
        return False
    return bool(_pictures_in(name, found)) and not any(folder.startswith(f"{name}/") for folder in found.folders)


def _check_each(where: str, words: dict[str, str], found: Found, sort: Sort) -> None:
    by_part: dict[str, list[str]] = defaultdict(list)
    for name, part in words.items():
        by_part[part].append(name)
    for part, names in by_part.items():
        if len(names) > 1:
            raise DataError(f"{printable(where)}: {some(names)} are both {part}; put them into one folder")
    for name in words:
        pictures = _pictures_in(name, found)
        if pictures and not any(folder.startswith(f"{name}/") for folder in found.folders):
            raise DataError(
                f"{printable(where)}/{name}: expected class folders, found {many(len(pictures), sort.word)} in no "
                f"class folder ({some(pictures, 3)}); sort them into class folders, move {name} away, or where their "
                f"names tell the class give {printable(where)}/{name} with pattern='{{label}}_{{}}.jpg'"
            )


def _pictures_in(name: str, found: Found) -> list[str]:
    return [file for file in found.files if file.startswith(f"{name}/") and file.count("/") == 1]
