"""Texts for texts: the next piece of a translation is a class, at each of its places."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from foveal.core.errors import ParameterError
from foveal.core.forms import Form
from foveal.core.rules import shown
from foveal.data.batches import Batch
from foveal.data.text.pair_rule import check_pair_rule, is_of_pairs
from foveal.data.text.pairs import form_of_pairs
from foveal.tasks.beam_search import searched
from foveal.tasks.fits import check_fits
from foveal.tasks.kind import Kind, Measures, Parameters, Problem
from foveal.tasks.translation_scores import chrf, measures_of
from foveal.train import Task
from foveal.train.token_losses import token_losses

#: Columns of what `run` gives of a row: sums over its pieces of the loss, of -log p, of hits, and their number.
LOSS, SURPRISE, HITS, PIECES = range(4)


def translation(smoothing: float = 0.0) -> Task:
    """Each next piece of the target is one class: the loss of a row is the mean over its pieces.

    Rows weigh as many pieces as they have, so that the mean of a batch is that over its pieces. What `run` gives has
    no logits in it: they are there a block at a time.
    """
    return Task(
        encode=lambda y: torch.from_numpy(np.asarray(y, np.float32)),
        loss=lambda out, y: out[:, LOSS] / out[:, PIECES],
        decode=_pieces,
        probabilities=None,
        tally=_tally,
        scores=_scores,
        tells=lambda y, weight: True,
        run=partial(_run, smoothing=smoothing),
        infer=_infer,
    )


def _run(net: nn.Module, batch: Batch, smoothing: float) -> Tensor:
    """Give (B, 4) of a batch: sums over the pieces of each row."""
    source, source_mask, target, target_mask = batch.x
    body: Any = net.get_submodule("body")
    states, there = body.states(source, source_mask, target), target_mask[:, 1:]
    rows, places = there.nonzero(as_tuple=True)
    found = token_losses(states[rows, places], body.output, target[rows, places + 1], smoothing)
    ones = torch.ones_like(rows, dtype=found.dtype)
    return found.new_zeros(len(source), 4).index_add(0, rows, torch.cat((found, ones[:, None]), 1))


def _tally(out: Tensor, y: Tensor, weight: Tensor | None) -> Tensor:
    """Sum weights, and of each row's means as much as it weighs."""
    means = (out[:, (SURPRISE, HITS)] / out[:, PIECES, None]).double()
    weight = torch.ones_like(means[:, 0]) if weight is None else weight.double()
    return torch.cat((weight.sum()[None], (means * weight[:, None]).sum(0)))


def _scores(sums: Tensor) -> dict[str, float]:
    total, surprise, hits = sums.tolist()
    if not total:
        return {"log_probability": float("nan"), "piece_accuracy": float("nan")}
    return {"log_probability": -surprise / total, "piece_accuracy": hits / total}


def _infer(net: nn.Module, source: Tensor, mask: Tensor, *_: Tensor) -> Tensor:
    """Give the best translation of each row as (B, 1 + T): its score, then its pieces."""
    body: Any = net.get_submodule("body")
    best = searched(body, source, mask)
    return torch.cat((best.scores[:, :1].double(), best.pieces[:, 0].double()), 1)


def _pieces(out: Tensor) -> np.ndarray:
    """Give the pieces of each row, (B,) of lists."""
    found = np.empty(len(out), object)
    found[:] = [[int(piece) for piece in row if piece > 0] for row in out[:, 1:].tolist()]
    return found


def _learn(parameters: Parameters, y: Any, classes: Any) -> tuple[Problem, np.ndarray]:
    check_fits(parameters, TRANSLATION)
    for name in ("class_weight", "sampler"):
        if parameters[name] is not None:
            raise ParameterError(f"{name}={parameters[name]!r} is for classes, and translations have none; use None")
    if not isinstance(parameters["net"], str) or not parameters["net"].startswith("conv_s2s"):
        raise ParameterError(
            f"net={shown(parameters['net'])} does not translate; use 'conv_s2s', or one with sizes, such as "
            "'conv_s2s(layers=3, width=128)'"
        )
    return Problem(TRANSLATION, 1), _read(Problem(TRANSLATION, 1), parameters, y)


def _read(problem: Problem, parameters: Parameters, y: Any, name: str = "y") -> np.ndarray:
    """Give zeros: what there is to learn stands in the rows."""
    return np.zeros(len(y), np.float32)


def _task(problem: Problem, loss: Any, smoothing: float, dtype: torch.dtype) -> Task:
    return translation(smoothing)


def _truth(y: Any) -> np.ndarray:
    return np.asarray(y, object)


def _as_given(problem: Problem, predictions: np.ndarray) -> np.ndarray:
    return predictions


def _measure(problem: Problem, predicted: np.ndarray, y: np.ndarray, names: Sequence[str] | None) -> Measures:
    values = measures_of(list(predicted), list(y))
    return Measures(len(y), values["chrf"], values)


def _score(predicted: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> float:
    return chrf(list(predicted), list(y))


def _sound(problem: Problem, loss: Any) -> bool:
    plain = problem.classes is None and not problem.has_probabilities and problem.one_axis
    return plain and problem.n_outputs == 1 and not problem.mean and not problem.deviation


def _reads(form: Form, rule: Any) -> bool:
    """Hold the parts of a row, and the pieces there are of source and target, against the rule that cuts texts."""
    if not is_of_pairs(rule):
        return False
    pairs = check_pair_rule(rule)
    pieces = [len(side.vocabulary) for side in (pairs.source, pairs.target)]
    return [part._replace(length=0) for part in form] == list(form_of_pairs(0, *pieces))


TRANSLATION = Kind(
    "translation",
    metric="chrF",
    followed="log probability of a piece",
    losses=("cross_entropy",),
    learn=_learn,
    read=_read,
    truth=_truth,
    task=_task,
    decode=_as_given,
    score=_score,
    measure=_measure,
    sound=_sound,
    reads=_reads,
    classifies=False,
    gives_texts=True,
    instead="for labels use TextClassifier",
)
