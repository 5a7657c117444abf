"""What must hold of class folders: there are some, each has pictures and a name that can be written."""

from foveal.core.errors import DataError
from foveal.data.images.listing.names import PICTURES, Sort, many, printable, some
from foveal.data.images.listing.table_files import TABLES
from foveal.data.images.listing.walk import Found
from foveal.data.images.records import Told

#: How classes can be told.
WAYS = (
    "give each class a folder of its own (cat/1.jpg), or a table (a CSV file with the columns path and label), or a "
    "pattern of names such as pattern='{label}_{}.jpg'"
)


def check_classes(
    where: str, found: Found, classes: list[str], loose: list[str], inside: list[str], sort: Sort = PICTURES
) -> None:
    """Raise `DataError` where class folders are missing, cannot be named, or lie one folder deeper.

    `classes` are the class folders, `loose` the files of the sort that lie in none of them, `inside` the others.
    """
    if not classes:
        tables = [name for name in found.others if "/" not in name and name.rpartition(".")[2].lower() in TABLES]
        meant = f"; did you mean the table {printable(where)}/{printable(tables[0])}?" if tables else ""
        raise DataError(f"{printable(where)}: {_no_classes(loose, found, sort)}; {WAYS}{meant}")
    strange = [name for name in classes if printable(name) != name]
    if strange:
        raise DataError(f"{printable(where)}: the name of class {some(strange)} is not UTF-8; give the folder another")
    depth = classes[0].count("/") + 1
    below = [name for name in found.folders if name.count("/") == depth]
    # Zips often hold all in one folder.
    if len(classes) == 1 and len(below) > 1 and not any(name.count("/") == depth for name in inside):
        raise DataError(
            f"{printable(where)}: holds one folder only, {classes[0]!r}, and that holds {some(below)}; one class "
            f"cannot be learnt: did you mean {printable(where)}/{classes[0]}?"
        )


def _no_classes(loose: list[str], found: Found, sort: Sort) -> str:
    if loose:
        return f"expected class folders, found {many(len(loose), sort.word)} in no folder ({some(loose, 3)})"
    if found.others:
        return f"expected class folders, found no {sort.word}, but {some(found.others, 3)}"
    return "expected class folders, found an empty folder"


def check_empty(where: str, found: Found, folder: str, part: str, told: Told, sort: Sort = PICTURES) -> None:
    """Raise `DataError` for a class folder without files of the sort; one of valid or test that is empty is told."""
    path, name = f"{printable(where)}/{folder}", folder.rpartition("/")[2]
    inside = [file for file in found.others if file.startswith(f"{folder}/")]
    if inside:
        raise DataError(
            f"class {name!r} has no {sort.word}: {path} holds {some(inside, 3)}, no file with a {sort.word}'s ending "
            f"({', '.join(sort.shown)}, ...); give them their ending, convert them, or move the folder away"
        )
    if part == "train":
        raise DataError(f"class {name!r} has no {sort.word}: {path} is empty; fill it or move it away")
    told(f"{path} is empty: class {name!r} is not in {part}")
