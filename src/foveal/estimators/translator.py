"""The estimator of translations."""

from os import PathLike
from pathlib import Path
from typing import Any, Self

import numpy as np

from foveal.core.errors import DataError
from foveal.core.files import write_atomically
from foveal.data.convert import check_length
from foveal.data.text.given import as_texts
from foveal.data.text.pair_rule import check_pair_rule
from foveal.data.text.pairs import Pairs
from foveal.data.translation_files import lines_of
from foveal.estimators.base import BaseCNN
from foveal.estimators.constructor import Parameters, constructor_of
from foveal.estimators.kinds import translator_kind
from foveal.fitted.translating import Translation, translated, translated_lines
from foveal.fitting.prepare import Job, prepare
from foveal.tasks.beam_search import BEAM, PENALTY
from foveal.tasks.kind import Kind
from foveal.tasks.translation_scores import chrf
from foveal.train.processes.distributed import Processes


class Translator(Parameters, BaseCNN):
    """Learn to translate texts from examples: convolutional sequence to sequence (Gehring et al. 2017).

    `fit(sources, targets)` takes two lists of strings, or two columns of a table. Byte pairs are learnt from the
    training rows; numbers of several digits, and characters that were never seen, are taken over from the source.
    Parameters: docs/parameters.md; the network: `foveal.models.landmarks.conv_s2s`.

    >>> sources = ["one", "two", "three", "one two", "two three", "three one"] * 10
    >>> words = {"one": "eins", "two": "zwei", "three": "drei"}
    >>> targets = [" ".join(map(words.get, source.split())) for source in sources]
    >>> how = {"net": "conv_s2s(layers=1, width=32, dropout=0)", "vocabulary_size": 64, "valid_size": 0}
    >>> model = Translator(n_epochs=40, batch_tokens=60, learning_rate=0.01, random_state=0, **how)
    >>> model.fit(sources, targets).predict(["two three"])
    ['zwei drei']
    """

    __init__ = constructor_of("Translator")

    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, validation: Any = None, groups: Any = None) -> Self:
        """Train on sources X and their translations y, texts both; `validation` is such a pair.

        `sample_weight` and `groups` are those of `CNN.fit`.
        """
        return super().fit(X, y, sample_weight, validation=validation, groups=groups)

    def predict(self, X: Any, *, beam: int = BEAM, length_penalty: float = PENALTY) -> list[str]:  # type: ignore[override]
        """Translate texts: the best of a beam search, `foveal.tasks.beam_search`, which says what the score is."""
        return [found[0].text for found in self.translate(X, beam=beam, length_penalty=length_penalty)]

    def translate(
        self, X: Any, *, beam: int = BEAM, length_penalty: float = PENALTY, best: int = 1
    ) -> list[list[Translation]]:
        """Give the `best` translations of each text, `beam` of them at most, with their scores."""
        return translated(self._fitted(), X, beam=beam, length_penalty=length_penalty, best=best)

    def translate_file(
        self, path: str | PathLike[str], out: str | PathLike[str], *, beam: int = BEAM, length_penalty: float = PENALTY
    ) -> None:
        """Translate a file of texts, one in each line, into another, which is whole or not there.

        Some thousand lines are in memory together, however long the file is.
        """
        found = translated_lines(self._fitted(), lines_of(Path(path)), beam=beam, length_penalty=length_penalty)
        write_atomically(out, ((one.text.replace("\n", " ") + "\n").encode() for _, one in found))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Give sacrebleu's chrF, 0 to 100, of the translations of X against y."""
        if sample_weight is not None:
            raise DataError("sample_weight has no meaning for chrF, a score of all texts together; leave it out")
        found, truth = self.predict(X), as_texts(y, "y").tolist()
        check_length(truth, len(found), "y")
        return chrf(found, truth)

    def _kind(self) -> Kind:
        return translator_kind(self.loss, None)

    def _prepared(self, X: Any, y: Any, sample_weight: Any = None, *, validation: Any = None, **how: Any) -> Job:
        request = self._request({}, validated=validation is not None)
        pairs = self._pairs(X, y)
        if isinstance(validation, tuple | list) and len(validation) in (2, 3):
            others = self._pairs(validation[0], validation[1], "validation's ")
            validation = (others, np.zeros(len(others)), *validation[2:])
        return prepare(request, pairs, np.zeros(len(pairs)), sample_weight, validation=validation, **how)

    def _prepared_more(self, X: Any, y: Any, sample_weight: Any, processes: Processes) -> Job:
        pairs = self._pairs(X, y).cut_by(check_pair_rule(self.fitted_.input_rule))
        return super()._prepared_more(pairs, np.zeros(len(pairs)), sample_weight, processes)

    def _pairs(self, X: Any, y: Any, name: str = "") -> Pairs:
        self._refuse_no_targets(y)
        return X if isinstance(X, Pairs) else Pairs.of(X, y, name=name)
