"""What a translator ought to beat: the source as it is, and the translation of the likest source of the training."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from foveal.tasks.translation_scores import measures_of

Texts = Sequence[str]
#: Draws of the paired bootstrap, and the smallest share of them that a difference is told by.
DRAWS, _P = 1000, 0.05


def copied(sources: Texts, targets: Texts, new: Texts) -> list[str]:
    """Answer the source itself, as of names and numbers.

    >>> copied(["a"], ["b"], ["GIMP"])
    ['GIMP']
    """
    return list(new)


def nearest(sources: Texts, targets: Texts, new: Texts) -> list[str]:
    """Answer the translation of the training source that is likest: the cosine of TF-IDF of character n-grams, 1 to 5.

    Of equals the first is taken. Source: Nagao 1984, translation by analogy, in its simplest form.

    >>> nearest(["Open the file", "Quit"], ["Datei öffnen", "Beenden"], ["Open a file"])
    ['Datei öffnen']
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 5), sublinear_tf=True, dtype=np.float32)
    known = vectors.fit_transform(sources).T.tocsc()
    found: list[str] = []
    for first in range(0, len(new), 256):
        near = vectors.transform(new[first : first + 256]) @ known
        found += [targets[row] for row in np.asarray(near.argmax(axis=1)).ravel().tolist()]
    return found


BASELINES: Mapping[str, Callable[[Texts, Texts, Texts], list[str]]] = {
    "copy of the source": copied,
    "nearest training source": nearest,
}


@dataclass(frozen=True)
class Translated:
    """One system: chrF, BLEU and exact match, chrF's 95 % interval, and how likely its lead is by chance."""

    values: Mapping[str, float]
    interval: tuple[float, float]
    p: float | None = None  # of the network's lead in chrF, for a baseline
    seconds: float = 0.0


def compare_translations(
    learnt: tuple[Texts, Texts], new: Texts, truth: Texts, predicted: Texts
) -> tuple[dict[str, Translated], str]:
    """Measure a network's translations and those of the baselines on the same rows, and say plainly which is better.

    Intervals and p are those of sacrebleu's paired bootstrap (Koehn 2004), of chrF.

    >>> told = compare_translations((["Quit", "Open"], ["Beenden", "Auf"]), ["Quit now"], ["Beenden"], ["Beenden"])
    >>> list(told[0]), told[0]["copy of the source"].values["exact_match"]
    (['network', 'copy of the source', 'nearest training source'], 0.0)
    """
    answers, seconds = {"network": list(predicted)}, {"network": 0.0}
    for name, function in BASELINES.items():
        began = perf_counter()
        answers[name] = function(*learnt, new)
        seconds[name] = perf_counter() - began
    tested = _paired(answers, truth)
    found = {
        name: Translated(measures_of(answer, truth), *tested[name], seconds[name]) for name, answer in answers.items()
    }
    return found, _verdict(found)


def _paired(answers: Mapping[str, list[str]], truth: Texts) -> dict[str, tuple[tuple[float, float], float | None]]:
    """Give interval and p of chrF for each system."""
    import logging

    from sacrebleu.metrics.chrf import CHRF
    from sacrebleu.significance import PairedTest

    logging.getLogger("sacrebleu").setLevel(logging.ERROR)  # it warns of short tests line by line
    named: list[tuple[str, Sequence[str]]] = list(answers.items())
    _, scores = PairedTest(named, {"chrF": CHRF(references=[list(truth)])}, None, test_type="bs", n_samples=DRAWS)()
    found = {}
    results: Any = scores[next(key for key in scores if key != "System")]
    for (name, _), result in zip(named, results, strict=True):
        middle, reach = float(result.mean or 0), float(result.ci or 0)
        found[name] = ((middle - reach, middle + reach), None if result.p_value is None else float(result.p_value))
    for name, answer in named[1:]:
        if list(answer) == list(answers["network"]):
            found[name] = (found[name][0], 1.0)  # of no difference at all the test makes its smallest p
    return found


def _verdict(found: Mapping[str, Translated]) -> str:
    """Name the baselines that the network does not beat in chrF; a lead that chance explains is none."""
    score = found["network"].values["chrf"]
    others = {name: one for name, one in found.items() if name != "network"}
    better = [name for name, one in others.items() if one.values["chrf"] > score and (one.p or 0) < _P]
    alike = [name for name, one in others.items() if (one.p or 0) >= _P]
    if better:
        are = "is" if len(better) == 1 else "are"
        return f"{' and '.join(better)} {are} better than the network: use that, or train longer, or on more pairs"
    if alike:
        return f"the network is not shown to be better than {' and '.join(alike)}"
    return "the network is better than all baselines"


def as_json(found: Mapping[str, Translated], verdict: str) -> dict[str, Any]:
    """Give all of it for a JSON object."""
    systems = {
        name: {**one.values, "interval": list(one.interval), "p": one.p, "seconds": one.seconds}
        for name, one in found.items()
    }
    return {"systems": systems, "verdict": verdict}
