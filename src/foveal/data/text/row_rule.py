"""The input rule of rows that are texts: that of `rule`, and how rows are made of one text or two.

{"step": "rows", "texts": 1 | 2, "most": N | null}       at most N pieces of a row; two texts with an END between them
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from foveal.core.errors import DataError, ModelFileError
from foveal.core.rules import is_integer, shown
from foveal.data.sequences import Sequences
from foveal.data.source import Array
from foveal.data.text.rule import TextRule, is_of_texts
from foveal.data.text.vocabulary import END

#: No row is longer: a limit beyond it is none.
MOST = 2**53


class RowRule(NamedTuple):
    """How a row of tokens is made of one text, or of two."""

    rule: TextRule
    texts: int
    most: int | None

    def rows(self, texts: Array, name: str = "X") -> Sequences:
        """Give the tokens of texts, (N,) or (N, 2)."""
        if texts.ndim != self.texts:
            want, got = ("one text", "pairs") if self.texts == 1 else ("a pair of texts", "single ones")
            raise DataError(f"{name} must have {want} a row, as at fit, got {got}")
        found = self.rule.tokens(texts.reshape(-1).tolist())
        if self.texts == 1:
            return cut(found, self.most)
        half = None if self.most is None else max(1, (self.most - 1) // 2)
        return joined(cut(found, half))

    def steps(self) -> tuple[Mapping[str, Any], ...]:
        """Give the rule as a model file holds it."""
        return *self.rule.steps(), {"step": "rows", "texts": self.texts, "most": self.most}

    @classmethod
    def of(cls, steps: Sequence[Any]) -> Self:
        """Read the steps of a rule, as out of a model file; raise `ModelFileError` for any others."""
        way = "the file is damaged, or a newer foveal wrote it: pip install -U foveal"
        if len(steps) != 3:
            raise ModelFileError(f"the input rule of texts must have three steps, got {len(steps)}; {way}")
        last = steps[2]
        sound = isinstance(last, Mapping) and set(last) == {"step", "texts", "most"} and last["step"] == "rows"
        if not sound or not _is_count(last["texts"], 2) or not (last["most"] is None or _is_count(last["most"], MOST)):
            raise ModelFileError(f"the input rule has an impossible step: {shown(last)}; {way}")
        return cls(TextRule.of(steps[:2]), last["texts"], last["most"])


def _is_count(value: Any, most: int) -> bool:
    return is_integer(value) and 1 <= value <= most


def is_of_rows(rule: Any) -> bool:
    """Tell whether a rule is one of rows that are texts."""
    last = rule[-1] if rule else None
    return is_of_texts(rule) and isinstance(last, Mapping) and last.get("step") == "rows"


def check_row_rule(rule: Any) -> tuple[Mapping[str, Any], ...]:
    """Give back a rule that keeps its form, as out of a model file; raise `ModelFileError` for any other."""
    RowRule.of(rule)
    return tuple(rule)


def cut(rows: Sequences, most: int | None) -> Sequences:
    """Leave the first `most` values of each row; nothing is copied.

    >>> cut(Sequences.of([[5, 6, 7], [8]]), 2).lengths.tolist()
    [2, 1]
    """
    return rows if most is None else rows._replace(lengths=np.minimum(rows.lengths, most))


def joined(rows: Sequences) -> Sequences:
    """Make one row of each two, with an END between them.

    >>> joined(Sequences.of([[5, 6], [8]])).row(0).tolist()
    [5, 6, 2, 8]
    """
    every = np.arange(len(rows.lengths))
    first, second = rows.lengths[::2], rows.lengths[1::2]
    lengths = first + second + 1
    values = np.empty(int(lengths.sum()), np.int32)
    ends = np.cumsum(lengths) - lengths + first
    own = np.ones(len(values), bool)
    own[ends] = False
    values[ends] = END
    values[own] = rows.values[rows.places(every)]
    return Sequences.flat(values, lengths)
