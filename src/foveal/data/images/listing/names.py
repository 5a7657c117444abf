"""What a file's or folder's name says: whether it is a picture's, hidden, or the word of a part."""

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

#: Endings of names that are taken for pictures, in any case.
ENDINGS = frozenset(
    ["png", "jpg", "jpeg", "jpe", "jfif", "webp", "gif", "bmp", "dib", "tif", "tiff", "npy", "heic", "heif", "avif"]
)


class Sort(NamedTuple):
    """What sort of files is listed: the word for one of them, the endings of their names, and those that are shown."""

    word: str
    endings: frozenset[str]
    shown: tuple[str, ...]

    def has(self, name: str) -> bool:
        """Tell whether a name has one of the endings, in any case.

        >>> PICTURES.has("a/cat.JPG"), PICTURES.has("jpg")
        (True, False)
        """
        return name.rpartition("/")[2].rpartition(".")[2].lower() in self.endings and "." in name


PICTURES = Sort("picture", ENDINGS, ("png", "jpg", "webp", "gif", "bmp", "tif", "npy"))
#: The parts of a data set, by the words that folders and tables have for them, in any case.
PARTS = {
    "train": "train", "training": "train", "val": "valid", "valid": "valid", "validation": "valid",
    "test": "test", "testing": "test",
}  # fmt: skip
#: What systems leave in folders, beside names with a leading dot.
_HIDDEN = frozenset(["__macosx", "thumbs.db", "desktop.ini"])


def is_picture(name: str) -> bool:
    """Tell whether a name has a picture's ending.

    >>> is_picture("a/cat.JPG"), is_picture("jpg"), is_picture("cat.jpg.txt")
    (True, False, False)
    """
    return PICTURES.has(name)


def is_hidden(name: str) -> bool:
    """Tell whether people do not see a file or folder: a leading dot, and what macOS and Windows leave behind.

    >>> is_hidden(".DS_Store"), is_hidden("Thumbs.db"), is_hidden("a.png")
    (True, True, False)
    """
    return name.startswith(".") or name.lower() in _HIDDEN


def part_of(word: str) -> str | None:
    """Give "train", "valid" or "test" for a word that means it, else None.

    >>> part_of("Val"), part_of("cats")
    ('valid', None)
    """
    return PARTS.get(word.strip().lower())


def nfc(name: str) -> str:
    """Write a name in Unicode's form NFC: macOS and Linux write the same name in two ways.

    >>> nfc("e" + chr(0x301)) == chr(0xE9)
    True
    """
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def in_order(names: Iterable[str]) -> list[str]:
    """Sort by code points of the form NFC: "10" stands before "2", "Z" before "a".

    >>> in_order(["b", "2", "10", "B"])
    ['10', '2', 'B', 'b']
    """
    return sorted(names, key=lambda name: (nfc(name), name))


def printable(name: str) -> str:
    r"""Write a name so that every file and screen takes it: bytes that are no UTF-8 appear as \udcNN.

    >>> printable("caf" + chr(0xDCE9))
    'caf\\udce9'
    """
    return name if name.isascii() else name.encode("utf-8", "backslashreplace").decode("utf-8")


def many(count: int, what: str) -> str:
    """Write how many of something there are.

    >>> many(1, "file"), many(1200, "class")
    ('1 file', '1,200 classes')
    """
    plural = "" if count == 1 else "es" if what.endswith("s") else "s"
    return f"{count:,} {what}{plural}"


def some(names: Iterable[str], most: int = 5) -> str:
    """List the first few names for a message, and say how many more there are.

    >>> some(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    names = list(names)
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(repr(printable(name)) for name in names[:most]) + more
