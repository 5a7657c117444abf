"""Pairs of texts as a source: a text, and its translation, as rows of pieces."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from foveal.core.errors import DataError
from foveal.core.forms import Form, Part
from foveal.core.rules import shown
from foveal.core.warn import warn_user
from foveal.data.sequences import Sequences
from foveal.data.source import Array
from foveal.data.text.dropped_pairs import DroppedPairs
from foveal.data.text.given import as_texts
from foveal.data.text.learning import learn_vocabulary
from foveal.data.text.pair_rule import LONGEST, PairRule, check_pair_rule
from foveal.data.text.rule import TextRule
from foveal.data.text.vocabulary import END


@dataclass(frozen=True)
class Cutting:
    """How pieces are learnt: size of a vocabulary, whether both sides share one, dropout, forms, longest rows."""

    size: int = 4000
    shared: bool = False
    rate: float = 0.0
    form: str | None = "NFC"
    lower: bool = False
    longest: int = 256

    @classmethod
    def of(cls, p: Mapping[str, Any]) -> Self:
        """Read an estimator's parameters."""
        return cls(
            size=p["vocabulary_size"],
            shared=p["shared_vocabulary"],
            rate=p["bpe_dropout"],
            form=p["unicode_form"],
            lower=p["lower"],
            longest=min(p["max_length"] or LONGEST, LONGEST),
        )


@dataclass(frozen=True, eq=False)
class Pairs:
    r"""Sources and their translations; a row is `source` (S,), `target` (T + 2,), and which places of each are there.

    A source is its pieces and END, a target END, its pieces and END: what comes before the first piece, and what
    follows the last. To translate there are no targets, and rows have END twice. Pieces are learnt from the training
    rows (`learnt`); before that a row is its ends. `at` cuts the texts anew for an epoch.

    >>> pairs = Pairs.of(["a cat", "a dog"], ["eine Katze", "ein Hund"]).learnt(np.array([0, 1]))
    >>> source, source_mask, target, target_mask = pairs.read(np.array([0]))
    >>> source[0, -1], target[0, 0], target[0, -1], target_mask.all()
    (np.int64(2), np.int64(2), np.int64(2), np.True_)
    """

    in_memory = True

    sources: Sequence[str]
    targets: Sequence[str] | None
    cutting: Cutting
    numbers: Array  # of the rows among sources and targets
    rule: PairRule | None = None
    source_rows: Sequences | None = None
    target_rows: Sequences | None = None
    parts: Sequence[tuple[str, ...]] = ()  # what the placeholders of each source stand for

    @classmethod
    def of(cls, sources: Any, targets: Any, cutting: Cutting | None = None, name: str = "") -> Self:
        """Take texts as people have them; `targets` is None to translate. Raises `DataError` or `DataTypeError`."""
        texts = _texts(sources, f"{name}sources")
        others = None if targets is None else _texts(targets, f"{name}targets")
        if others is not None and len(others) != len(texts):
            raise DataError(
                f"{name}sources and targets must be pairs, got {len(texts):,} sources and {len(others):,} targets; "
                "give each source its translation"
            )
        return cls(texts, others, cutting or Cutting(), np.arange(len(texts)))

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def lengths(self) -> Array:
        """The longer of source and target, a number a row."""
        if self.source_rows is None or self.target_rows is None:
            return np.full(len(self), 2)
        longer: Array = np.maximum(self.source_rows.lengths, self.target_rows.lengths)[self.numbers]
        return longer

    @property
    def weights(self) -> Array | None:
        """How many pieces each target has, END among them: as much a row counts in the mean loss of a piece."""
        return None if self.target_rows is None else (self.target_rows.lengths[self.numbers] - 1).astype(np.float64)

    @cached_property
    def form(self) -> Form:
        """Four parts of varying length."""
        usual = int(np.clip(np.median(self.lengths), 2, 2**15)) if len(self) else 2
        if self.rule is None:
            return form_of_pairs(usual, None, None)
        return form_of_pairs(usual, *(len(side.vocabulary) for side in (self.rule.source, self.rule.target)))

    @property
    def input_rule(self) -> Any:
        """What makes pieces of texts, as a model file holds it."""
        return () if self.rule is None else self.rule.steps()

    def read(self, rows: Array) -> tuple[Array, ...]:
        """Read rows, padded with zeros."""
        numbers = self.numbers[rows]
        if self.source_rows is None or self.target_rows is None:
            ends = np.full((len(rows), 2), END)
            return ends, ends > 0, ends, ends > 0
        found = self.source_rows, self.target_rows
        return tuple(part for side in found for part in (side.padded(numbers), side.there(numbers)))

    def chosen(self, rows: Array) -> Self:
        """Give some of the rows."""
        return replace(self, numbers=self.numbers[rows])

    def statistics(self, rows: Array, dtype: Any) -> None:
        """Scale nothing."""

    def digest(self) -> bytes:
        """Hash the texts."""
        digest = hashlib.sha256(repr(self.cutting).encode())
        for side in (self.sources, self.targets or ()):
            texts = [side[number] for number in self.numbers] if side else []
            digest.update(np.array([len(text) for text in texts], np.int64).tobytes())
            digest.update("".join(texts).encode("utf-8", "surrogatepass"))
        return digest.digest()

    def told(self, parameters: Mapping[str, Any]) -> Self:
        """Give the same pairs, to be cut as an estimator's parameters say."""
        return replace(self, cutting=Cutting.of(parameters))

    def learnt(self, rows: Array) -> Self:
        """Learn the pieces of the training rows, and cut all texts into them."""
        cutting, chosen = self.cutting, self.numbers[rows]
        texts, others = ([side[number] for number in chosen] for side in (self.sources, self.targets or self.sources))
        alone = PairRule(*2 * (TextRule(cutting.form, cutting.lower, _NONE),), cutting.longest)
        seen, parts = alone.alike_sources(texts)
        seen_others = alone.alike_targets(others, parts)
        both = [seen + seen_others] * 2 if cutting.shared else [seen, seen_others]
        first = self._rule_of(both[0])
        return self.cut_by(PairRule(first, first if cutting.shared else self._rule_of(both[1]), cutting.longest))

    def _rule_of(self, texts: Sequence[str]) -> TextRule:
        found = learn_vocabulary(texts, "bpe", size=self.cutting.size)
        return TextRule(self.cutting.form, self.cutting.lower, found)

    def cut_by(self, rule: PairRule) -> Self:
        """Give the same rows, cut by a rule."""
        tokens, parts = rule.sources(self.sources)
        none = [""] * len(self.sources)
        targets = none if self.targets is None else rule.alike_targets(self.targets, parts)
        others = rule.target.vocabulary.tokens(targets)
        long = sum(int((side.lengths[self.numbers] > rule.longest).sum()) for side in (tokens, others))
        if long:
            count = len(self) * (1 if self.targets is None else 2)
            its = "is" if long == 1 else "are"
            warn_user(
                f"of {count:,} texts {long:,} {its} longer than max_length={rule.longest} pieces: what is behind them "
                "is cut off; cut such texts into sentences"
            )
        return replace(self, rule=rule, parts=parts)._with(tokens, others, rule.longest)

    def _with(self, sources: Sequences, targets: Sequences, longest: int) -> Self:
        return replace(self, source_rows=_ended(sources, longest), target_rows=_ended(targets, longest, begin=True))

    def alike(self, X: Any, name: str = "X") -> Self:
        """Give other pairs, cut by the same rule."""
        if self.rule is None:
            raise DataError(f"{name} cannot be cut into pieces: none are learnt yet; call learnt(rows) first")
        if isinstance(X, Pairs):
            return replace(self, sources=X.sources, targets=X.targets, numbers=X.numbers).cut_by(self.rule)
        if not isinstance(X, tuple | list) or len(X) != 2:
            raise DataError(f"{name} must be (sources, targets), got {shown(X)}; give each source its translation")
        sources, targets = X
        return type(self).of(sources, targets, self.cutting, f"{name}: ").cut_by(self.rule)

    def at(self, seed: int, epoch: int) -> Self:
        """Give the rows as an epoch sees them: cut with some merges left out, as `bpe_dropout` says."""
        if self._dropped is None or self.rule is None:
            return self
        tokens, others = (side.tokens(seed * 2 + number, epoch) for number, side in enumerate(self._dropped))
        return replace(self, numbers=np.arange(len(self)))._with(tokens, others, self.rule.longest)

    @cached_property
    def _dropped(self) -> tuple[DroppedPairs, DroppedPairs] | None:
        if self.rule is None or not self.cutting.rate or self.targets is None:
            return None
        seen, parts = self.rule.alike_sources([self.sources[number] for number in self.numbers])
        others = self.rule.alike_targets([self.targets[number] for number in self.numbers], parts)
        sides = (seen, self.rule.source), (others, self.rule.target)
        found = (DroppedPairs(texts, rule.vocabulary, self.cutting.rate) for texts, rule in sides)
        return next(found), next(found)

    def texts(self, *, target: bool = False) -> list[str]:
        """Give the sources as they were given, or the targets."""
        side = self.targets if target else self.sources
        return [] if side is None else [side[int(number)] for number in self.numbers]

    def parts_of(self, row: int) -> tuple[str, ...]:
        """Give what the placeholders of a source stand for."""
        return self.parts[int(self.numbers[row])]


def form_of_pairs(length: int, source: int | None, target: int | None) -> Form:
    """Give the form of pairs whose sides have so many pieces."""
    return (
        Part("source", (None,), "int64", length, source),
        Part("source_mask", (None,), "bool", length),
        Part("target", (None,), "int64", length, target),
        Part("target_mask", (None,), "bool", length),
    )


def _texts(X: Any, name: str) -> list[str]:
    """Give texts, one a row."""
    texts = as_texts(X, name)
    if texts.ndim != 1:
        raise DataError(f"{name} must have one text a row, got pairs; give sources and targets apart")
    if not len(texts):
        raise DataError(f"{name} is empty: 0 rows while a minimum of 1 is required; check how it was selected")
    found: list[str] = texts.tolist()
    return found


_NONE = learn_vocabulary([], "characters")


def _ended(rows: Sequences, longest: int, *, begin: bool = False) -> Sequences:
    """Cut rows to the longest, and put END behind each, and before it where it begins a target."""
    kept = np.minimum(rows.lengths, longest)
    lengths = kept + 1 + begin
    values = np.full(int(lengths.sum()), END, np.int32)
    ended = Sequences.flat(values, lengths)
    inner = Sequences(values, ended.starts + begin, kept)
    every = np.arange(len(kept))
    values[inner.places(every)] = rows.values[rows._replace(lengths=kept).places(every)]
    return ended


def pairs_of_rule(X: Any, rule: Any) -> Pairs:
    """Give texts to translate as rows, cut by a model's rule."""
    pairs = replace(X, targets=None) if isinstance(X, Pairs) else Pairs.of(X, None)
    return pairs.cut_by(check_pair_rule(rule))
