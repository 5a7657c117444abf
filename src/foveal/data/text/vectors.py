"""Trained vectors of words out of a text file, for the words of a vocabulary."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from foveal.core.errors import DataError
from foveal.core.rules import shown
from foveal.data.source import Array
from foveal.data.text.vocabulary import FIRST, Vocabulary


class Vectors(NamedTuple):
    """A row for each number of a vocabulary, (values, D) float32, NaN where the file has none; and what file it was."""

    table: Array
    digest: bytes
    found: int


def read_vectors(path: str, vocabulary: Vocabulary) -> Vectors:
    """Read the vectors of a vocabulary's words, as GloVe and word2vec write them as text: a word, then its numbers.

    A first line of two whole numbers, as word2vec writes it, is passed over. Words that are there twice keep their
    first vector. Raises `DataError` that names the line, or says that no word of the vocabulary is there.
    """
    numbers = {entry: number for number, entry in enumerate(vocabulary.entries, start=FIRST)}
    rows: dict[int, Array] = {}
    digest, size = hashlib.sha256(), 0
    try:
        with Path(path).open("rb") as file:
            for number, line in enumerate(file, start=1):
                digest.update(line)
                word, *values = line.decode("utf-8", "replace").rstrip().split(" ")
                if number == 1 and len(values) == 1:
                    continue
                size = size or len(values)
                if len(values) != size or not size:
                    raise DataError(
                        f"vectors: line {number} of {path} must have a word and {size or 'its'} numbers, got "
                        f"{len(values)} after {shown(word)}; it must be text as GloVe and word2vec write it"
                    )
                place = numbers.get(word)
                if place is not None and place not in rows:
                    rows[place] = _numbers(values, f"line {number} of {path}")
    except OSError as error:
        raise DataError(f"vectors: {path} cannot be read ({error.strerror}); give the file's path") from error
    if not rows:
        raise DataError(
            f"vectors: {path} has none of the {len(numbers):,} words of the training rows; check language and case "
            "(lower=False), and that pieces are words"
        )
    table = np.full((len(vocabulary), size), np.nan, np.float32)
    for place, row in rows.items():
        table[place] = row
    return Vectors(table, digest.digest(), len(rows))


def _numbers(values: list[str], where: str) -> Array:
    try:
        found = np.array(values, np.float32)
    except ValueError as error:
        raise DataError(f"vectors: {where} has what is no number ({error}); mend the file") from error
    if not np.isfinite(found).all():
        raise DataError(f"vectors: {where} has a number that is not finite; mend the file")
    return found
