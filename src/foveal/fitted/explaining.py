"""A fitted network's explanations for any number of rows, in bounded memory."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from foveal.core.choices import EXPLANATIONS
from foveal.core.errors import ParameterError
from foveal.core.rules import check, choice, did_you_mean, shown
from foveal.data.source import Source
from foveal.data.store import Parts
from foveal.explain.methods import METHODS
from foveal.explain.targets import at_peak, weights_of
from foveal.fitted.model import Fitted
from foveal.fitted.row_blocks import row_blocks
from foveal.tasks.kind import name_of

#: Maps of one shape in one array, or of rows of unequal length in a list.
Maps = np.ndarray | list[np.ndarray]


def explained(fitted: Fitted, source: Source, method: str | None = None, target: Any = None, layer: Any = None) -> Maps:
    r"""Give a map for each row of a source, (N, \*S), a float for each of its places; what is explained says `target`.

    Of rows of unequal length a list of maps, each as long as its row. `target` is read by `target_numbers`, and what a
    map explains says `explained_weights`.
    """
    method = usual_method(fitted) if method is None else method
    check_method(method, layer)
    numbers = target_numbers(fitted, target, len(source))
    maps: list[np.ndarray] = []
    done = 0
    for parts in row_blocks(fitted, source):
        rows = len(parts[0])
        some = None if numbers is None else torch.from_numpy(numbers[done : done + rows])
        found = explain_block(fitted, parts, method, some, layer).cpu().numpy()
        if source.lengths is None:
            maps.append(found)
        else:
            ends = source.lengths[done : done + rows]
            maps += [each[: int(end)] for each, end in zip(found, ends, strict=True)]
        done += rows
    return maps if source.lengths is not None else np.concatenate(maps)


def explain_block(fitted: Fitted, parts: Parts, method: str, numbers: Tensor | None, layer: Any = None) -> Tensor:
    """Explain some rows that are a network's already; `numbers` are those of the outputs, None as by default."""
    more: dict[str, Any] = {"layer": layer} if layer is not None else {}
    if method == "integrated_gradients":
        more["at_once"] = len(parts[0])
    return METHODS[method].function(fitted.net, parts, partial(explained_weights, fitted, numbers), **more)


def usual_method(fitted: Fitted) -> str:
    """Give the method where none is named: Grad-CAM, of tokens occlusion, which sees all ways that a network has."""
    return "occlusion" if fitted.form[0].dtype == "int64" else "grad_cam"


def explained_numbers(fitted: Fitted, target: Any, outputs: Tensor) -> Tensor:
    """Give the numbers of the outputs that a map explains, one for each row of outputs."""
    numbers = target_numbers(fitted, target, len(outputs))
    weights = explained_weights(fitted, None if numbers is None else torch.from_numpy(numbers), outputs)
    return weights.flatten(2).amax(2).argmax(1) if weights.ndim > 2 else weights.argmax(1)


def explained_weights(fitted: Fitted, numbers: Tensor | None, outputs: Tensor) -> Tensor:
    """Say which score of the outputs a map explains, by the kind of problem.

    Classes, labels, values: the output, before softmax or sigmoid; by default the largest. A class at each place: see
    `explain.targets.weights_of`. A point: the height of its map where it peaks.
    """
    kind = fitted.kind
    if kind.each_place and not kind.classifies:
        numbers = torch.zeros(len(outputs), dtype=torch.int64) if numbers is None else numbers
        return at_peak(outputs, numbers.to(outputs.device))
    return weights_of(outputs, numbers)


def target_numbers(fitted: Fitted, target: Any, n_rows: int) -> np.ndarray | None:
    """Read whose explanation is wanted: a class, its name, a number of a value or point; one, or one for each row.

    None is left to the row: the class that is predicted, the likeliest label; the only value or point there is.
    Raises `ParameterError` for what there is not, and for None where there are several values.
    """
    problem = fitted.problem
    if target is None:
        if problem.classes is None and problem.n_outputs > 1:
            what = "points" if fitted.kind.each_place else "values"
            raise ParameterError(
                f"target must say which of the {problem.n_outputs} {what} to explain, a number from 0; target=0"
            )
        return None
    each = isinstance(target, list | tuple | np.ndarray) and np.ndim(target) == 1
    given = list(target) if each else [target]
    if each and len(given) != n_rows:
        raise ParameterError(f"target must be one, or one for each of the {n_rows:,} rows, got {len(given):,}")
    known = {value: _number(fitted, value) for value in dict.fromkeys(map(_plain, given))}
    numbers = np.array([known[_plain(value)] for value in given], np.int64)
    return numbers if each else np.repeat(numbers, n_rows)


def check_method(method: Any, layer: Any = None) -> None:
    """Refuse a method that there is not, and a layer for one that looks at none."""
    check("method", method, choice(*EXPLANATIONS))
    if layer is not None and method != "grad_cam":
        raise ParameterError(f"layer={shown(layer)} is for method='grad_cam', and {method!r} looks at the rows")


def names_of_outputs(fitted: Fitted) -> list[Any]:
    """Give what outputs are called: classes by their names, values and points by their numbers."""
    problem = fitted.problem
    if problem.classes is None:
        return list(range(problem.n_outputs))
    return [name_of(label, fitted.class_names) for label in problem.classes.tolist()]


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _number(fitted: Fitted, value: Any) -> int:
    """Give the number of an output; labels come first, then their names."""
    labels: Sequence[Any] = [] if fitted.problem.classes is None else fitted.problem.classes.tolist()
    names = names_of_outputs(fitted)
    for known in (labels, names, list(map(str, names))):
        if value in known:
            return known.index(value)
    shown_names = ", ".join(map(str, names[:10])) + (" ..." if len(names) > 10 else "")
    what = "one of the classes" if labels else "the number of an output"
    hint = did_you_mean(value, list(map(str, names))) if isinstance(value, str) else ""
    raise ParameterError(f"target must be {what}, {shown_names}, got {shown(value)}{hint}")
