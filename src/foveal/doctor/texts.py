"""Texts, examined: tables, folders of .txt files, and named sets."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from foveal.data.dataset import Dataset
from foveal.data.images.progress import Progress
from foveal.data.text_files import read_texts
from foveal.doctor.findings import Finding, Suggestion, many
from foveal.doctor.subject import PARTS, Look, Subject, numbered
from foveal.doctor.traits import Traits, digest_of_text

#: Characters of a text that the page shows.
SHOWN = 400


def subject_of_texts(source: str, reading: Mapping[str, Any], progress: Progress) -> Subject:
    """Read the texts of a table or a folder, with what is known of each, of all parts."""
    read = read_texts(source, reading, progress)
    return made(source, read.texts, read.y, read.class_names, read.split, read.groups, read.names)


def subject_of_text_set(source: str, data: Dataset) -> Subject:
    """Take the texts of a data set that is read already; of pairs a text and its translation are one row."""
    held = [
        (part, X, y)
        for part, X, y in zip(
            PARTS, (data.X_train, data.X_valid, data.X_test), (data.y_train, data.y_valid, data.y_test), strict=True
        )
        if X is not None
    ]
    texts = [text for _, X, _ in held for text in strings_of(X)]
    split = np.concatenate([np.repeat(part, len(X)) for part, X, _ in held])
    names = [f"{part} row {row}" for part, X, _ in held for row in range(len(X))]
    of_pairs = hasattr(held[0][1], "sources")
    y = None if of_pairs or any(y is None for *_, y in held) else np.concatenate([np.asarray(y) for *_, y in held])
    return made(source, texts, y, data.class_names, split if len(held) > 1 else None, None, names)


def strings_of(X: Any) -> list[str]:
    r"""Give the strings of `Texts` or `Pairs`: the two of a pair with a line's end between them."""
    if hasattr(X, "sources"):
        return [f"{X.sources[row]}\n{'' if X.targets is None else X.targets[row]}" for row in X.numbers.tolist()]
    return ["\n".join(row) if isinstance(row, list) else str(row) for row in X.texts.tolist()]


def made(
    source: str,
    texts: Sequence[str],
    y: Any,
    class_names: Sequence[str] | None,
    split: Any,
    groups: Any,
    names: Sequence[str],
) -> Subject:
    """Make a subject of texts."""
    traits = Traits(len(texts))
    for row, text in enumerate(texts):
        traits.digests[row] = np.frombuffer(digest_of_text(text), np.uint8)
    traits.read[:] = True
    numbers, classes = (None, ()) if y is None else numbered(y, class_names)
    lengths = np.array([len(text) for text in texts]) if len(texts) else np.zeros(1, int)
    told = f"{lengths.min():,} to {lengths.max():,} characters, half of them up to {int(np.median(lengths)):,}"
    return Subject(
        source=source,
        sort="texts",
        names=names,
        part=split,
        y=numbers,
        classes=classes,
        groups=groups,
        traits=traits,
        look=lambda row: Look(text=texts[row][:SHOWN]),
        facts={"lengths": told},
        texts=texts,
        targets=None if y is None or numbers is not None else np.asarray(y),
    )


def empty_texts(subject: Subject) -> list[Finding]:
    """Find texts without anything but white space."""
    rows = [row for row, text in enumerate(subject.texts) if not text.strip()]
    if not rows:
        return []
    return [
        Finding(
            "empty",
            "warning",
            f"{many(len(rows), 'text')} {'is' if len(rows) == 1 else 'are'} empty",
            "drop them",
            tuple((row,) for row in rows),
            suggestions=tuple(Suggestion(row, "drop") for row in rows),
        )
    ]
