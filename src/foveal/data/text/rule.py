"""The input rule of texts: what makes tokens of a text, step by step. It lies in the model file.

{"step": "text", "form": "NFC" | "NFKC" | "NFD" | "NFKD" | null, "lower": true | false}
{"step": "pieces", "pieces": "words" | "characters" | "bytes" | "bpe", ...}                `vocabulary.Vocabulary`
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from foveal.core.choices import UNICODE_FORMS
from foveal.core.errors import ModelFileError
from foveal.core.rules import shown
from foveal.data.sequences import Sequences
from foveal.data.text.vocabulary import Vocabulary, check_vocabulary


class TextRule(NamedTuple):
    """How texts are made alike, and the pieces that they are cut into."""

    form: str | None
    lower: bool
    vocabulary: Vocabulary

    def tokens(self, texts: Sequence[str]) -> Sequences:
        """Give the tokens of texts."""
        return self.vocabulary.tokens(made_alike(texts, self.form, lower=self.lower))

    def steps(self) -> tuple[Mapping[str, Any], ...]:
        """Give the rule as a model file holds it."""
        return {"step": "text", "form": self.form, "lower": self.lower}, self.vocabulary.describe()

    @classmethod
    def of(cls, steps: Sequence[Any]) -> Self:
        """Read the two steps of a rule, as out of a model file; raise `ModelFileError` for any others.

        >>> TextRule.of([{"step": "text", "form": "NFX", "lower": True}, {}])
        Traceback (most recent call last):
        foveal.core.errors.ModelFileError: the input rule has an impossible step: {'step': 'text', 'form': 'NFX', \
'lower': True}; the file is damaged, or a newer foveal wrote it: pip install -U foveal
        """
        way = "the file is damaged, or a newer foveal wrote it: pip install -U foveal"
        if len(steps) != 2:
            raise ModelFileError(f"the input rule of texts must have two steps, got {len(steps)}; {way}")
        first, second = steps
        sound = isinstance(first, Mapping) and set(first) == {"step", "form", "lower"} and first["step"] == "text"
        if not sound or first["form"] not in (None, *UNICODE_FORMS) or type(first["lower"]) is not bool:
            raise ModelFileError(f"the input rule has an impossible step: {shown(first)}; {way}")
        return cls(first["form"], first["lower"], check_vocabulary(second))


def made_alike(texts: Sequence[str], form: str | None, *, lower: bool) -> list[str]:
    r"""Bring texts to one normal form and case; null bytes become spaces, lone surrogates question marks.

    >>> made_alike(["Caf\u0065\u0301\x00 \ud800"], "NFC", lower=True)
    ['café  ?']
    """
    return [_made_alike(text, form, lower=lower) for text in texts]


def _made_alike(text: str, form: str | None, *, lower: bool) -> str:
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
        text = unicodedata.normalize(form, text) if form else text  # type: ignore[arg-type]
    text = text.replace("\x00", " ")
    return text.lower() if lower else text


def is_of_texts(rule: Any) -> bool:
    """Tell whether a rule begins as one of texts does."""
    return bool(rule) and isinstance(rule[0], Mapping) and rule[0].get("step") == "text"
