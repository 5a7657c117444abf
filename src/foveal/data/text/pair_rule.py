"""The input rule of pairs of texts: what makes pieces of a source and of its translation, and a text of pieces again.

{"step": "pairs", "longest": 256}
the two steps of `rule.TextRule` for the source; two more for the target, unless both have one vocabulary
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from foveal.core.errors import ModelFileError
from foveal.core.rules import shown
from foveal.data.sequences import Sequences
from foveal.data.text.copies import hidden, hidden_in, shown_again
from foveal.data.text.rule import TextRule, made_alike

#: Most pieces that a rule may keep of a text.
LONGEST = 2**14


class Sources(NamedTuple):
    """Sources cut into pieces, and the parts of each that a placeholder stands for."""

    tokens: Sequences
    parts: list[tuple[str, ...]]


class PairRule:
    """How sources and targets are cut into pieces, `longest` of them at most."""

    def __init__(self, source: TextRule, target: TextRule, longest: int) -> None:
        self.source, self.target, self.longest = source, target, longest

    @property
    def shared(self) -> bool:
        """Whether both have one vocabulary."""
        return self.source is self.target

    @cached_property
    def known(self) -> frozenset[str] | None:
        """The characters that the source has pieces for; None where every one has."""
        entries = self.source.vocabulary.entries
        return frozenset().union(*entries) | {" "} if entries else None

    def sources(self, texts: Sequence[str]) -> Sources:
        """Cut sources into pieces."""
        seen, parts = self.alike_sources(texts)
        return Sources(self.source.vocabulary.tokens(seen), parts)

    def alike_sources(self, texts: Sequence[str]) -> tuple[list[str], list[tuple[str, ...]]]:
        """Make sources alike, with placeholders, and give the parts that these stand for."""
        made = [hidden(text, self.known) for text in made_alike(texts, self.source.form, lower=self.source.lower)]
        return [text for text, _ in made], [parts for _, parts in made]

    def alike_targets(self, texts: Sequence[str], parts: Sequence[Sequence[str]]) -> list[str]:
        """Make targets alike, with the placeholders of their sources."""
        made = made_alike(texts, self.target.form, lower=self.target.lower)
        return [hidden_in(text, part) for text, part in zip(made, parts, strict=True)]

    def text(self, pieces: Iterable[int], parts: Sequence[str]) -> str:
        """Put a translation together from its pieces and the parts that its source's placeholders stand for."""
        return shown_again(self.target.vocabulary.text(pieces), parts)

    def steps(self) -> tuple[Mapping[str, Any], ...]:
        """Give the rule as a model file holds it."""
        others = () if self.shared else self.target.steps()
        return {"step": "pairs", "longest": self.longest}, *self.source.steps(), *others


def check_pair_rule(steps: Any) -> PairRule:
    """Read a rule, as out of a model file; raise `ModelFileError` for any other.

    >>> check_pair_rule([{"step": "pairs", "longest": 0}])
    Traceback (most recent call last):
    foveal.core.errors.ModelFileError: the input rule has an impossible step: {'step': 'pairs', 'longest': 0}; the \
file is damaged, or a newer foveal wrote it: pip install -U foveal
    """
    way = "the file is damaged, or a newer foveal wrote it: pip install -U foveal"
    first = steps[0]
    longest = first.get("longest")
    if set(first) != {"step", "longest"} or type(longest) is not int or not 1 <= longest <= LONGEST:
        raise ModelFileError(f"the input rule has an impossible step: {shown(first)}; {way}")
    if len(steps) not in (3, 5):
        raise ModelFileError(f"the input rule of pairs must have three or five steps, got {len(steps)}; {way}")
    source = TextRule.of(steps[1:3])
    target = TextRule.of(steps[3:]) if len(steps) == 5 else source
    return PairRule(source, target, longest)


def checked_steps(steps: Any) -> tuple[Mapping[str, Any], ...]:
    """Give back the steps of a rule that keeps its form; raise `ModelFileError` for any other."""
    return check_pair_rule(steps).steps()


def is_of_pairs(rule: Any) -> bool:
    """Tell whether a rule begins as one of pairs of texts does."""
    return bool(rule) and isinstance(rule[0], Mapping) and rule[0].get("step") == "pairs"
