"""A model that answers each pixel, measured: on rows of one size, or on pictures of any. Loads torch."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from foveal.cli.output import number, show_table, word
from foveal.compare.boundaries import boundary_score
from foveal.compare.mask_baselines import Masked, OneByOne, compare_masks
from foveal.compare.small import source_of
from foveal.core.errors import ParameterError
from foveal.data.dataset import Dataset
from foveal.data.images.own_size import PicturesOfOwnSize
from foveal.data.masks import unknown_in, with_unknown
from foveal.data.middle import middle_of
from foveal.data.rows import chosen_rows
from foveal.data.source import is_source
from foveal.fitted.measure import compared
from foveal.fitted.model import Fitted
from foveal.fitted.segmenting import as_in_fit, labels_of, pictures_in, segmented
from foveal.report.judged import Judged
from foveal.tasks.kind import Measures


def patched(data: Dataset, patch: Any) -> Dataset:
    """Cut patches out of pictures of their own sizes, those to test on left out: these are answered whole."""
    own = isinstance(data.X_train, PicturesOfOwnSize)
    if not own:
        if patch is not None and hasattr(data.X_train, "input_rule"):
            raise ParameterError("patch= cuts pictures of their own sizes; leave --read size=... out, or patch")
        return data
    if patch is None:
        deep = len(data.y_train[0].shape) > 2
        what, side = ("volumes", 32) if deep else ("pictures", 256)
        raise ParameterError(f"{what} of their own sizes are learnt from in patches; give --set patch={side}")
    found: dict[str, Any] = {}
    for part in ("train", "valid"):
        pictures: Any = getattr(data, f"X_{part}")
        if pictures is not None:
            found[f"X_{part}"] = cut = pictures.patches(patch)
            found[f"y_{part}"] = cut.y
    return replace(data, **found)


def measured(
    fitted: Fitted, X: Any, y: Any, names: Sequence[str] | None = None, *, tta: Any = None
) -> tuple[Measures, Any, Any]:
    """Give what `compared` does, of masks too: rows that are stored larger by their middle, others in windows."""
    if not fitted.kind.gives_masks:
        return compared(fitted, X, y, names, tta=tta)
    measures, predicted, truth = _masks_measured(fitted, X, y, names, tta)
    edges = boundary_score(fitted.problem, predicted, truth)
    return replace(measures, values={**measures.values, "boundary_f1": edges}), predicted, truth


def _masks_measured(fitted: Fitted, X: Any, y: Any, names: Sequence[str] | None, tta: Any) -> tuple[Measures, Any, Any]:
    if isinstance(X, PicturesOfOwnSize):
        return _in_windows(fitted, X, y, names, tta)
    if not as_in_fit(fitted, X):
        return _in_windows(fitted, pictures_in(X, fitted), y, names, tta)
    if is_source(X):
        y = middle_of(np.asarray(y), X.form[0].sizes[1:])
    return compared(fitted, X, y, names, tta=tta)


def facts_of_masks(result: Mapping[str, Any]) -> dict[str, str]:
    """Tell what is measured of masks beside the score, of the rows to validate and to test on; of other kinds nothing.

    >>> facts_of_masks({"metric": "mean IoU", "valid_dice": 0.5, "test": {"dice": 0.25}, "comparison": None})
    {'Dice': 'valid 0.5000   test 0.2500'}
    """
    comparison = result["comparison"] or {}
    tested = result["test"] or {}
    if comparison.get("on") == "validation" and "pixels" in comparison:
        result = {"valid_boundary_f1": comparison["network"]["boundary_f1"]} | dict(result)
    told: dict[str, str] = {}
    for name in ("dice", "boundary_f1", "pixel_accuracy"):
        parts = {"valid": result.get(f"valid_{name}"), "test": tested.get(name)}
        shown = "   ".join(f"{part} {number(value)}" for part, value in parts.items() if number(value) != "-")
        told |= {word(name): shown} if shown else {}
    return told


def _in_windows(
    fitted: Fitted, X: Sequence[Any] | PicturesOfOwnSize, y: Any, names: Sequence[str] | None, tta: Any
) -> tuple[Measures, list[Any], list[Any]]:
    if tta is not None:
        raise ParameterError("--tta is for rows of one size, and these pictures keep their own; leave it out")
    found = [segmented(fitted, np.asarray(X[row]), labels_of(fitted)) for row in range(len(X))]
    truth = [with_unknown(np.asarray(y[row]), fitted.problem.ignored) for row in range(len(X))]
    flat, real = (np.concatenate([mask.ravel() for mask in masks])[None] for masks in (found, truth))
    measures = fitted.kind.measure(fitted.problem, flat, real, names or fitted.class_names)
    return replace(measures, rows=len(X)), found, truth


def beside_mask_baselines(data: Dataset, train: np.ndarray, judged: Judged) -> dict[str, Any]:
    """Measure the network and baselines, which learn from the rows `train`, on the same pixels."""
    fitted, truth, X = judged.fitted, judged.truth, judged.X
    rows = source_of(data.X_train, fitted.layout)
    rows = getattr(rows, "larger", None) or rows  # which the masks lie over
    learnt = Masked(OneByOne(rows.chosen(train)), chosen_rows(data.y_train, train), fitted.problem.ignored)
    pictures = X if isinstance(X, PicturesOfOwnSize) else OneByOne(source_of(X, fitted.layout))
    against = Masked(pictures, truth, unknown_in(np.asarray(truth[0])))
    names = data.class_names or fitted.class_names
    found = compare_masks(fitted.problem, learnt, against, judged.predicted, names)
    return {"on": judged.on, "metric": fitted.kind.metric, **found.as_dict()}


def beside_most_frequent(fitted: Fitted, X: Any, truth: Any, predicted: Any, names: Any) -> dict[str, Any]:
    """Measure the network beside the class that most of these pixels are of."""
    against = Masked(X, truth, unknown_in(np.asarray(truth[0])))
    return compare_masks(fitted.problem, None, against, predicted, names).as_dict()


def show_masks(found: Mapping[str, Any], where: str) -> None:
    """Print the scores of the network and of baselines, and the classes' beside each other."""
    models = {"network": found["network"]} | found["baselines"]
    rows = []
    for name, score in models.items():
        low, high = score["interval"]
        between = "-" if low != low else f"{number(low)} to {number(high)}"
        took = f"{score['seconds']:.1f} s" if "seconds" in score else ""
        rows.append((name, number(score["iou"]), between, number(score["dice"]),
                     number(score["boundary_f1"]), number(score["pixel_accuracy"]), took))  # fmt: skip
    print()
    show_table((where, "mean IoU", "95 % interval", "Dice", "boundary F1", "pixel accuracy", "took"), rows)
    total = max(1, sum(found["pixels"]))
    lines = [
        (name, f"{100 * pixels / total:.1f} %",
         *(number(found["network"][scores][row]) for scores in ("ious", "dices", "boundary_f1s")),
         *(number(each["ious"][row]) for each in found["baselines"].values()))
        for row, (name, pixels) in enumerate(zip(found["classes"], found["pixels"], strict=True))
    ]  # fmt: skip
    print()
    others = (f"IoU: {name}" for name in found["baselines"])
    show_table(("class", "pixels", "IoU", "Dice", "boundary F1", *others), lines)
