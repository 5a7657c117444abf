"""Labels, parts and groups read off the names of files."""

import re
import string
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataError, ParameterError
from foveal.core.rules import shown
from foveal.data.images.listing.labels import as_label, number_classes, shares, tell_case
from foveal.data.images.listing.names import many, part_of, printable, some
from foveal.data.images.listing.splits import check_parts
from foveal.data.images.records import Listing, Told, silent

#: What can be read off a name.
FIELDS = ("label", "split", "group")


def compile_pattern(pattern: str | re.Pattern[str]) -> re.Pattern[str]:
    r"""Make the regular expression of a pattern of names.

    A pattern is a regular expression with a group `(?P<label>...)` and perhaps `(?P<split>...)` and `(?P<group>...)`;
    or the simple form, in which {label}, {split} and {group} stand for what is wanted and {} for anything, "/" not
    included. The first ones take as much as they can: "{label}_{}.png" finds "great_dane" in "great_dane_12.png".

    Raises
    ------
    ParameterError
        If it is neither, or has no label.

    >>> compile_pattern("{label}_{}.png").fullmatch("great_dane_12.png")["label"]
    'great_dane'
    >>> compile_pattern(r"(?P<label>[a-z]+)\d+\.png").fullmatch("cat12.png")["label"]
    'cat'
    """
    text = pattern.pattern if isinstance(pattern, re.Pattern) else pattern
    if not isinstance(text, str):
        raise ParameterError(f"pattern must be a string such as '{{label}}_{{}}.png', got {shown(text)}")
    try:
        expression = re.compile(pattern if "(?P<" in text else _expression(text))
    except (re.error, ValueError) as error:
        raise ParameterError(f"pattern {text!r} cannot be read: {error}; write it as '{{label}}_{{}}.png'") from error
    if "label" not in expression.groupindex:
        raise ParameterError(f"pattern {text!r} has no label; write {{label}} or (?P<label>...) where the class stands")
    return expression


def _expression(text: str) -> str:
    """Translate the simple form; `ValueError` for what it does not have."""
    parts, seen = [], set()
    for literal, field, form, conversion in string.Formatter().parse(text):
        parts.append(re.escape(literal))
        if field is None:
            continue
        if form or conversion or field not in ("", *FIELDS):
            raise ValueError(f"{{{field}}} is none of {{label}}, {{split}}, {{group}}, {{}}")
        name = f"?P<{field}>" if field else "?:"
        parts.append(f"(?P={field})" if field in seen else f"({name}[^/]+)")
        seen |= {field} - {""}
    return "".join(parts)


def read_names(listing: Listing, pattern: str | re.Pattern[str], *, told: Told = silent) -> Listing:
    """Give a listing the labels, parts and groups that its files' names say.

    The pattern must match the file's name, or else the whole of `Place.name` with its folders, from end to end.
    Rows keep their order; classes are ordered as by `number_classes`.

    Raises
    ------
    DataError
        If files do not match, which are named, or a split is no word for train, valid or test.
    ParameterError
        If the pattern cannot be read.
    """
    expression = compile_pattern(pattern)
    matches = [_match(expression, place.name) for place in listing.places]
    names = [place.name for place, match in zip(listing.places, matches, strict=True) if match is None]
    if names:
        raise DataError(
            f"pattern {shown(expression.pattern if isinstance(pattern, re.Pattern) else pattern)} does not match "
            f"{len(names):,} of {many(len(matches), 'file')}: {some(names)}; mend it, or move these files away"
        )
    found = [match for match in matches if match is not None]
    y, classes = number_classes([as_label(match["label"]) or "" for match in found])
    told(f"{printable(listing.root)}: {many(len(y), 'picture')} of {shares(y, classes)}, by their names")
    tell_case(classes, told)
    has = expression.groupindex
    groups = np.array([match["group"] for match in found]) if "group" in has else listing.groups
    split = _parts([match["split"] for match in found]) if "split" in has else listing.split
    return check_parts(replace(listing, y=y, class_names=classes, split=split, groups=groups))


def _match(expression: re.Pattern[str], name: str) -> re.Match[str] | None:
    """Match a name; a field that matches nothing does not match."""
    match = expression.fullmatch(name.rpartition("/")[2]) or expression.fullmatch(name)
    fields = [field for field in FIELDS if field in expression.groupindex]
    return match if match and all((match[field] or "").strip() for field in fields) else None


def _parts(words: Sequence[str]) -> NDArray[np.str_]:
    parts = [part_of(word) for word in words]
    if None in parts:
        strange = sorted({word for word, part in zip(words, parts, strict=True) if part is None})
        raise DataError(f"the pattern finds the split {some(strange)}; known are train, val, valid, validation, test")
    return np.array(parts, np.str_)
