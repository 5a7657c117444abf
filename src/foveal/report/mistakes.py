"""The worst mistakes, each with its row and why; and labels that are likely wrong."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from foveal.core.errors import FovealError
from foveal.data.source import between
from foveal.fitted.explaining import explained, usual_method
from foveal.report.drawn import drawn
from foveal.report.judged import Array, Judged
from foveal.tasks.imbalance import truth_numbers
from foveal.tasks.kind import name_of

#: Mistakes and suspicious labels that are shown, at most, and those of one pair of classes.
SHOWN, OF_A_PAIR = 12, 3
#: What the map of places shows, windows that a row is covered by, about, and multiply-adds that they may take.
WRONG, WINDOWS, WORK = "what is wrong", 200, 10**11


def mistakes(judged: Judged, folder: dict[str, bytes]) -> dict[str, Any]:
    """Show the rows whose answer is worst, and why it was given; of probabilities also labels that may be wrong.

    How bad an answer is: of classes the probability of the wrong answer, at most 3 rows of a pair of classes; of
    several labels the loss; of values the distance; of classes of places the share that is wrong.
    """
    badness = how_bad(judged)
    if badness is None:
        return {}
    rows = _chosen(judged, badness)
    method = method_for(judged)
    shown: dict[str, Any] = {"mistakes": _shown(judged, rows, folder, "mistake", method), "explained_by": method}
    suspects = suspicious(judged)
    if suspects is not None:
        shown["suspects"] = {
            "rows": len(suspects),
            "shown": _shown(judged, suspects[:SHOWN], folder, "suspect", method),
        }
    return shown


def how_bad(judged: Judged) -> Array | None:
    """Give each row that is looked at a number, above 0 where its answer is wrong; None where rows are not compared."""
    problem, at = judged.fitted.problem, judged.looked_at
    if problem.kind.gives_texts:
        return None
    if problem.kind.each_place:
        return _of_places(judged) if problem.kind.classifies and isinstance(judged.truth, np.ndarray) else None
    truth, predicted = np.asarray(judged.truth)[at], np.asarray(judged.predicted)[at]
    if problem.classes is None:
        return np.asarray(np.abs(predicted.astype(float) - truth.astype(float)).reshape(len(at), -1).mean(1))
    wrong = (truth != predicted).reshape(len(at), -1).any(1)
    chances = judged.chances
    if chances is None:
        return np.asarray(wrong, float)
    if problem.one_class:
        return np.asarray(np.where(wrong, chances.max(1), 0))
    sure = np.where(truth == 1, chances, 1 - chances).clip(1e-12)
    return np.asarray(np.where(wrong, -np.log(sure).sum(1), 0))


def _of_places(judged: Judged) -> Array:
    return np.array([_wrong(judged, number).mean() for number in judged.looked_at])


def _wrong(judged: Judged, number: int) -> Array:
    """Mark the places of a row that are answered wrongly; those whose truth is unknown are not."""
    truth, predicted = judged.truth[number], np.asarray(judged.predicted)[number]
    ignored = judged.fitted.problem.ignored
    wrong = truth != predicted
    return np.asarray(wrong if ignored is None else wrong & (truth != ignored))


def _chosen(judged: Judged, badness: Array) -> list[int]:
    """Choose the worst rows, the worst first, by their places among those that are looked at."""
    chosen: list[int] = []
    seen: dict[Any, int] = {}
    for place in np.argsort(-badness, kind="stable").tolist():
        if badness[place] <= 0 or len(chosen) == SHOWN:
            break
        row = judged.looked_at[place]
        pair = (judged.truth[row], judged.predicted[row]) if judged.fitted.problem.one_class else place
        seen[pair] = seen.get(pair, 0) + 1
        if seen[pair] <= OF_A_PAIR:
            chosen.append(place)
    return chosen


def suspicious(judged: Judged) -> list[int] | None:
    """Find labels that are likely wrong, the likeliest first, by their places among the rows that are looked at.

    A row of class i is suspicious where another class j is likelier than the mean over the rows of class j of what they
    are given for j, t_j. Source: Northcutt, Jiang and Chuang, "Confident learning", JAIR 70, 2021, section 3.1. The
    network has not learnt from these rows. None where it gives no probabilities of one class a row.
    """
    problem = judged.fitted.problem
    chances = judged.chances if problem.one_class else None  # of masks they would fill the memory
    if chances is None:
        return None
    numbers = truth_numbers(problem, np.asarray(judged.truth)[judged.looked_at])
    if numbers is None:
        return None
    rows = np.arange(len(numbers))
    known = numbers < chances.shape[1]
    own = np.where(known, chances[rows, np.minimum(numbers, chances.shape[1] - 1)], 0)
    counts = np.bincount(numbers[known], minlength=chances.shape[1])
    mean = np.bincount(numbers[known], own[known], minlength=chances.shape[1]) / np.maximum(1, counts)
    sure = (chances >= np.where(counts > 0, mean, np.inf)) & (np.arange(chances.shape[1]) != numbers[:, None])
    best = np.where(sure, chances, -1).max(1)
    found = np.flatnonzero(known & (best > own))
    order: list[int] = found[np.argsort(own[found] - best[found], kind="stable")].tolist()
    return order


def method_for(judged: Judged) -> str | None:
    """Choose what explains the answers, None where nothing can.

    Occlusion, which says of every network what an answer would lose, where Captum is installed and the network answers
    some thousand rows within seconds; else Grad-CAM, which needs neither, and of dense layers often says nothing.
    """
    fitted = judged.fitted
    if fitted.problem.kind.each_place:
        return WRONG
    if not _can_explain(judged):
        return None
    windows = 2 * SHOWN * WINDOWS * fitted.cost.multiply_adds
    occluded = find_spec("captum") is not None and windows <= WORK
    usual = usual_method(fitted)
    return "occlusion" if occluded else usual if usual == "grad_cam" else None


def _can_explain(judged: Judged) -> bool:
    problem = judged.fitted.problem
    return problem.classes is not None or problem.n_outputs == 1


def _shown(
    judged: Judged, places: Sequence[int], folder: dict[str, bytes], name: str, method: str | None
) -> list[dict[str, Any]]:
    """Draw some rows, with their truth, their answer, and where that comes from."""
    if not len(places):
        return []
    numbers = judged.looked_at[list(places)]
    maps = _maps(judged, numbers, method)
    lines = []
    for i, (place, number) in enumerate(zip(places, numbers.tolist(), strict=True)):
        row = _row(judged, number)
        line = {"row": number, "name": judged.name_of(number), **_answer(judged, place, number)}
        lines.append(line | drawn(judged.fitted, row, maps[i], folder, f"{name}-{i + 1}"))
    return lines


def _row(judged: Judged, number: int) -> Array:
    source = judged.shown
    row: Array = np.asarray(between(source, number, number + 1)[0])[0]
    return row if source.lengths is None else row[: int(source.lengths[number])]


def _maps(judged: Judged, numbers: Array, method: str | None) -> list[Array | None]:
    """Explain the answers for some rows: what speaks for them. Of places: which are wrong. None where nothing can."""
    if judged.fitted.problem.kind.each_place:
        return [_wrong(judged, number).astype(float) for number in numbers]
    if method is None:
        return [None] * len(numbers)
    order = np.argsort(numbers)
    try:
        found = explained(judged.fitted, judged.rows.chosen(numbers[order]), method)
    except FovealError:  # it has no layer with places, or the row is too large
        return [None] * len(numbers)
    maps: list[Array | None] = [None] * len(numbers)
    for place, map in zip(order.tolist(), found, strict=True):
        maps[place] = np.clip(map, 0, None)
    return maps


def _answer(judged: Judged, place: int, number: int) -> dict[str, Any]:
    """Say what is right and what was answered, with its probabilities."""
    problem = judged.fitted.problem
    if problem.kind.each_place:
        return {}
    truth, predicted = (np.asarray(y)[number : number + 1].tolist()[0] for y in (judged.truth, judged.predicted))
    if not problem.one_class:
        return {"truth": truth, "predicted": predicted}
    names = judged.fitted.class_names
    told: dict[str, Any] = {"truth": str(name_of(truth, names)), "predicted": str(name_of(predicted, names))}
    if judged.chances is not None:
        numbers = truth_numbers(problem, np.asarray(judged.truth)[[number]])
        told["probability"] = float(judged.chances[place].max())
        known = numbers is not None and numbers[0] < judged.chances.shape[1]
        told["of_truth"] = float(judged.chances[place, numbers[0]]) if known else None  # type: ignore[index]
    return told
