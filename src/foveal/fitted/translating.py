"""Texts translated by a fitted model: rows of like length together, beams of all of them at once."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import torch

from foveal.core.copies import deep_copy, moved
from foveal.core.device import inference_autocast, running_threads, threads_for
from foveal.core.errors import DataError
from foveal.core.rules import Rule, check, count, is_integer, number
from foveal.core.shelter import sheltered
from foveal.data.input_rules import rows_given
from foveal.data.order import spans_of_work
from foveal.data.text.pair_rule import check_pair_rule
from foveal.fitted.model import Fitted
from foveal.fitted.predict import answering_prediction
from foveal.tasks.beam_search import BEAM, PENALTY, Found, scored, searched

#: Places of a step's translations in all beams together, and sentences of a step.
WORK, MOST = 2**14, 512
#: Lines of a file that are in memory together.
TOGETHER = 4096
_BEAM = Rule("a whole number from 1 to 64", lambda v: is_integer(v) and 1 <= v <= 64)


class Translation(NamedTuple):
    """One translation of a text: its pieces' mean log-probability, or what `length_penalty` makes of it."""

    text: str
    score: float


def translated(
    fitted: Fitted, texts: Any, *, beam: int = BEAM, length_penalty: float = PENALTY, best: int = 1
) -> list[list[Translation]]:
    """Translate texts; give the `best` ones of each, the best first, scored in double precision.

    So a score does not depend on the texts that it is made together with, to 1e-6. Raises `DataError` where no score
    is finite.
    """
    check("beam", beam, _BEAM)
    check("length_penalty", length_penalty, number(0, 10))
    check("best", best, count(1))
    rows = rows_given(texts, fitted.input_rule)
    rule = check_pair_rule(fitted.input_rule)
    found: list[list[Translation]] = [[] for _ in range(len(rows))]
    for numbers, block in _blocks(fitted, rows, beam, length_penalty, best):
        pieces, scores = block.pieces.tolist(), block.scores.tolist()
        for row, its, score in zip(numbers.tolist(), pieces, scores, strict=True):
            kept = [pair for pair in zip(its, score, strict=True) if pair[1] > float("-inf")][:best]
            if not kept:
                raise DataError(
                    f"row {row} of X has no translation whose score is finite: weights of the model are no numbers, or "
                    "too large; fit anew, with a lower learning_rate"
                )
            found[row] = [Translation(rule.text(one, rows.parts_of(row)), value) for one, value in kept]
    return found


def texts_for(fitted: Fitted, texts: Any) -> np.ndarray:
    """Give the best translation of each text, (N,) of strings."""
    found = np.empty(len(texts), object)
    found[:] = [best[0].text for best in translated(fitted, texts)]
    return found


def translated_lines(
    fitted: Fitted, lines: Iterable[str], *, beam: int = BEAM, length_penalty: float = PENALTY
) -> Iterator[tuple[str, Translation]]:
    """Translate any number of texts, some thousand at a time: each comes with its best translation."""
    left = iter(lines)
    while some := list(islice(left, TOGETHER)):
        found = translated(fitted, some, beam=beam, length_penalty=length_penalty)
        yield from zip(some, (best[0] for best in found), strict=True)


def _blocks(fitted: Fitted, rows: Any, beam: int, penalty: float, best: int) -> Iterator[tuple[np.ndarray, Found]]:
    """Search rows of like length together, in single precision, and score what is found in double."""
    device = next(fitted.net.parameters()).device
    body: Any = fitted.net.get_submodule("body")
    order = np.argsort(rows.lengths, kind="stable")
    threads = threads_for(fitted.cost.multiply_adds * MOST, device)
    exact = moved(deep_copy(body), device, torch.float64 if device.type != "mps" else torch.float32)
    autocast = inference_autocast(fitted.settings["precision"], device)
    with sheltered(), answering_prediction(len(rows), device), running_threads(threads):
        for start, stop in spans_of_work(rows.lengths, WORK // beam, MOST):
            numbers = order[start:stop]
            source, mask, *_ = (torch.from_numpy(part).to(device) for part in rows.read(numbers))
            with torch.autocast(device.type, autocast, enabled=autocast is not None):
                found = searched(body, source, mask, beam=beam, length_penalty=penalty)
            yield numbers, scored(exact, source, mask, found, best, penalty)
