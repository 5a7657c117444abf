"""Labels as numbers of classes, and what is told of the classes' names."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.data.images.listing.names import in_order, many, nfc, printable, some
from foveal.data.images.records import Told

#: A whole number, as a label.
WHOLE = re.compile(r"0|-?[1-9][0-9]*")


def number_classes(labels: Sequence[str]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Give each label the number of its class, and the classes' names in order.

    Labels are one where their forms NFC are. Whole numbers stand in the order of numbers, so that labels 0 ... K-1 are
    their own numbers; all others by code points.

    >>> number_classes(["10", "2", "10"])
    (array([1, 0, 1]), ('2', '10'))
    >>> number_classes(["10", "a", "2"])[1]
    ('10', '2', 'a')
    """
    names = {label: nfc(label) for label in set(labels)}
    whole = all(WHOLE.fullmatch(name) for name in names.values())
    classes = sorted(set(names.values()), key=int) if whole else in_order(set(names.values()))
    number = {name: place for place, name in enumerate(classes)}
    numbers = {label: number[name] for label, name in names.items()}
    return np.array([numbers[label] for label in labels], np.int64), tuple(classes)


def tell_case(classes: Iterable[str], told: Told) -> None:
    """Say which classes differ only in capital and small letters: they are several, which may be a mistake."""
    alike: dict[str, list[str]] = defaultdict(list)
    for name in classes:
        alike[name.casefold()].append(name)
    for names in alike.values():
        if len(names) > 1:
            told(f"warning: the classes {some(names)} differ only in capital letters; they count as {len(names)}")


def shares(numbers: NDArray[np.int64], classes: Sequence[str]) -> str:
    """Say how many pictures each class has, at most six classes in words.

    >>> shares(np.array([0, 1, 1]), ["cat", "dog"])
    '2 classes (cat 1, dog 2)'
    """
    counts = np.bincount(numbers, minlength=len(classes)).tolist()
    most = 6 if len(classes) <= 6 else 5
    named = ", ".join(f"{name} {count:,}" for name, count in zip(classes[:most], counts, strict=False))
    more = f", {len(classes) - most:,} more" if len(classes) > most else ""
    return f"{many(len(classes), 'class')} ({named}{more})"


def as_label(value: Any) -> str | None:
    """Write one label as the name of a class, whatever it stood in; None for what is no label.

    Space around it is no part of it. 3, 3.0 and "3" are one class; a fraction is a number to learn, not a class.

    >>> as_label(" cat "), as_label(3.0), as_label(np.int64(3)), as_label(float("nan")), as_label("")
    ('cat', '3', '3', None, None)
    """
    if isinstance(value, bytes):
        return None
    if isinstance(value, float | np.floating):
        value = float(value)
        return str(int(value)) if value.is_integer() else None
    text = "" if value is None else str(value).strip()
    return nfc(printable(text)) or None
