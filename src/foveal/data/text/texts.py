"""Texts as a source: strings first, and rows of tokens once a vocabulary is learnt from the training rows."""

import copy
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from foveal.core.choices import Pieces
from foveal.core.errors import DataError
from foveal.core.forms import Form, Part
from foveal.data.sequences import Sequences
from foveal.data.source import Array
from foveal.data.text.given import as_texts
from foveal.data.text.learning import learn_vocabulary
from foveal.data.text.row_rule import MOST, RowRule
from foveal.data.text.rule import TextRule, made_alike
from foveal.data.text.vectors import Vectors, read_vectors
from foveal.data.text.vocabulary import FIRST

#: Texts with this many characters, or more, to a space are not cut into words: they have few.
CHARACTERS_A_SPACE = 12
#: Texts that are looked at for spaces, and the longest row of zeros.
_LOOKED_AT, _LONGEST = 1000, 2**16


class How(NamedTuple):
    """How texts are to be read; `Texts.told` takes it from an estimator's parameters."""

    pieces: str = "auto"
    size: int = 30_000
    lower: bool = True
    form: str | None = "NFC"
    most: int | None = 1024
    vectors: str | None = None


class Texts:
    r"""Texts, one a row or two: a list of strings, an array, a column of a table, a list of pairs.

    A row has two parts, `tokens` (T,) and `mask` (T,), True for the tokens that are there. Before the fit nothing is
    known of them; `learnt` learns a vocabulary from the training rows alone, and gives the same texts as tokens.

    Raises `DataError` or `DataTypeError` that names the first row that is no text.

    >>> texts = Texts(["to be", "or not"]).learnt(np.array([0]))
    >>> tokens, mask = texts.read(np.array([0, 1]))
    >>> tokens.tolist(), texts.form[0].values
    ([[4, 3], [1, 1]], 5)
    """

    in_memory = True

    def __init__(self, X: Any, *, name: str = "X") -> None:
        self.texts: Array = X.texts if isinstance(X, Texts) else as_texts(X, name)
        self.how = How()
        self.rule: RowRule | None = None
        self.rows: Sequences | None = None
        self.vectors: Vectors | None = None

    @property
    def form(self) -> Form:
        """Tokens and their mask; how many tokens there are is known once a vocabulary is."""
        usual = int(min(max(np.median(self.lengths), 1), _LONGEST)) if len(self.texts) else 1
        values = None if self.rule is None else len(self.rule.rule.vocabulary)
        return Part("tokens", (None,), "int64", usual, values), Part("mask", (None,), "bool", usual)

    @property
    def lengths(self) -> Array:
        """The tokens of each row; an empty text counts as one place, which is not there."""
        if self.rows is not None:
            return np.maximum(self.rows.lengths, 1)
        flat = self.texts.reshape(len(self.texts), -1)
        return np.array([1 + sum(map(len, row)) for row in flat], np.int64)

    @property
    def input_rule(self) -> tuple[Mapping[str, Any], ...]:
        """What makes tokens of texts, as a model file holds it."""
        return () if self.rule is None else self.rule.steps()

    @property
    def pieces(self) -> Pieces:
        """What texts are cut into; where "auto" says it, words, unless they have few spaces."""
        if self.how.pieces != "auto":
            return self.how.pieces  # type: ignore[return-value]
        some = "\n".join(self.texts.reshape(-1)[:_LOOKED_AT].tolist())
        return "words" if len(some) < CHARACTERS_A_SPACE * (1 + sum(map(str.isspace, some))) else "characters"

    def __len__(self) -> int:
        return len(self.texts)

    def read(self, rows: Array) -> tuple[Array, Array]:
        """Read rows as (B, T) tokens, zeros behind the shorter ones, and their mask; all unknown before `learnt`."""
        if self.rows is None:
            return np.ones((len(rows), 1), np.int64), np.ones((len(rows), 1), bool)
        return self.rows.padded(rows), self.rows.there(rows)

    def chosen(self, rows: Array) -> Self:
        """Give some of the rows, in that order."""
        found = copy.copy(self)
        found.texts = self.texts[rows]
        found.rows = None if self.rows is None else self.rows.chosen(rows)
        return found

    def told(self, parameters: Mapping[str, Any]) -> Self:
        """Give the same texts, to be read as an estimator's parameters say."""
        names = ("pieces", "vocabulary_size", "lower", "unicode_form", "max_length", "vectors")
        found = copy.copy(self)
        how = How(*(parameters[name] for name in names))
        found.how = how if how.most is None else how._replace(most=min(how.most, MOST))
        return found

    def learnt(self, rows: Array) -> Self:
        """Learn a vocabulary from some rows, and give all as tokens."""
        how = self.how
        flat = made_alike(self.texts[rows].reshape(-1).tolist(), how.form, lower=how.lower)
        vocabulary = learn_vocabulary(flat, self.pieces, size=how.size)
        if len(vocabulary) == FIRST:
            raise DataError("the texts to learn from hold no piece, they are empty; check how they were read")
        found = self.by(RowRule(TextRule(how.form, how.lower, vocabulary), self.texts.ndim, how.most))
        if how.vectors is not None:
            found.vectors = read_vectors(how.vectors, vocabulary)
        return found

    def by(self, rule: RowRule, name: str = "X") -> Self:
        """Give the same texts as tokens, by a rule."""
        found = copy.copy(self)
        found.rule, found.rows = rule, rule.rows(self.texts, name)
        return found

    def alike(self, X: Any, name: str = "X") -> Self:
        """Give other texts as tokens, by the rule that these are read by."""
        assert self.rule is not None  # noqa: S101  (`prepare` has let it learn)
        return type(self)(X, name=name).by(self.rule, name)

    def first_values(self) -> dict[str, Array]:
        """Give what a network's weights begin with, NaN where nothing is known: the trained vectors."""
        return {} if self.vectors is None else {"embedding.weight": self.vectors.table}

    def statistics(self, rows: Array, dtype: Any) -> None:
        """Tokens are not scaled."""

    def digest(self) -> bytes:
        """Hash the texts, or their tokens and vectors."""
        if self.rows is None:
            texts: Sequence[str] = self.texts.reshape(-1).tolist()
            content = [text.encode("utf-8", "surrogatepass") for text in texts]
        else:
            content = [self.rows.digest(), b"" if self.vectors is None else self.vectors.digest]
        return hashlib.sha256(b"".join(len(part).to_bytes(8) + part for part in content)).digest()


def texts_given(X: Any, rule: Any, name: str = "X") -> Texts:
    """Give the rows of X, texts, read by a model's rule."""
    return Texts(X, name=name).by(RowRule.of(rule), name)
