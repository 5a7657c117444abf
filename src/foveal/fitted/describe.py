"""Parameters and problems as JSON and back: labels keep their types, and nothing but names and numbers goes in."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from foveal.core.errors import ParameterError
from foveal.core.rules import Rule, as_list, check, choice, flag, shown
from foveal.core.schema import ANYTHING, FINITE, TEXT, Schema, match, within
from foveal.tasks.kind import Kind, Problem
from foveal.tasks.table import KINDS

#: Most layers that a file can name: what a file of some kilobytes has us build stays small.
MAX_LAYERS = 1000
#: Most bytes that the classes of a file can take, each as wide as its dtype says.
MAX_CLASSES = 2**26

PROBLEM: Schema = {
    "kind": TEXT,  # held against the kinds there are
    "n_outputs": within(1, 2**24),
    "classes": Rule("null or a table", lambda v: v is None or isinstance(v, dict)),
    **{name: flag() for name in ("has_probabilities", "one_axis")},
    **{name: [FINITE] for name in ("mean", "deviation")},
}
CLASSES: Schema = {"dtype": TEXT, "kinds": [choice("str", "int", "float", "bool")], "labels": [ANYTHING]}

_KINDS: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}


def describe_problem(problem: Problem) -> dict[str, Any]:
    """Make JSON of a problem; labels that are not strings, numbers or booleans cannot be saved.

    >>> describe_problem(Problem(KINDS["classification"], 2, np.array(["a", "b"])))["classes"]
    {'dtype': '<U1', 'kinds': ['str', 'str'], 'labels': ['a', 'b']}
    """
    classes = None
    if problem.classes is not None:
        check_labels_savable(problem.classes)
        labels = problem.classes.tolist()
        classes = {
            "dtype": problem.classes.dtype.str,
            "kinds": [type(label).__name__ for label in labels],
            "labels": labels,
        }
    return {
        "kind": problem.kind.name,
        "n_outputs": problem.n_outputs,
        "classes": classes,
        "has_probabilities": problem.has_probabilities,
        "one_axis": problem.one_axis,
        "mean": list(problem.mean),
        "deviation": list(problem.deviation),
    }


def check_labels_savable(classes: Any) -> None:
    """Refuse labels that a model file cannot hold."""
    for label in np.asarray(classes).tolist():
        if type(label) not in _KINDS.values():  # not by name: NumPy's flags are called bool, too
            raise ParameterError(
                f"the label {label!r} in y cannot be saved: a model file holds labels of type str, int, float or bool; "
                "use such labels, or keep the model with pickle"
            )


def problem_from(stored: Any, loss: Any, kinds: Mapping[str, Kind] = KINDS) -> Problem:
    """Make a problem of JSON, of one of `kinds`; every value is checked, and whether they fit each other."""
    match(stored, PROBLEM, "problem")
    check("kind", stored["kind"], choice(*kinds))
    kind, n_outputs = kinds[stored["kind"]], stored["n_outputs"]
    scale = [tuple(float(v) for v in stored[key]) for key in ("mean", "deviation")]
    classes = None if stored["classes"] is None else _classes(stored["classes"])
    mean, deviation = scale
    problem = Problem(kind, n_outputs, classes, stored["has_probabilities"], stored["one_axis"], mean, deviation)
    if not kind.sound(problem, loss):
        raise ValueError(f"classes, probabilities, axes and scale do not fit each other in {kind.name}")
    return problem


def _classes(stored: dict[str, Any]) -> np.ndarray:
    match(stored, CLASSES, "classes")
    labels = stored["labels"]
    if not all(type(label) is _KINDS[kind] for kind, label in zip(stored["kinds"], labels, strict=True)):
        raise ValueError("a label is not of the kind that is said")
    dtype = np.dtype(stored["dtype"])
    if not labels or dtype.kind not in "OUiufb" or dtype.itemsize * len(labels) > MAX_CLASSES:
        raise ValueError("no classes, or of an unknown dtype")
    classes = np.empty(len(labels), dtype)
    try:
        classes[:] = labels
    except OverflowError as error:
        raise ValueError(f"a label is no {dtype}") from error
    return classes


def check_layers(parameters: dict[str, Any]) -> None:
    """Refuse more layers than a file can name."""
    n_layers = sum(len(as_list(parameters.get(name))) for name in ("in_channels_list", "in_features_list"))
    if n_layers > MAX_LAYERS:
        raise ParameterError(f"a model file holds networks of at most {MAX_LAYERS} layers, got {n_layers}")


def check_savable(parameters: dict[str, Any], can_be_given: Sequence[str] = ()) -> None:
    """Refuse what no file can hold without code: functions, modules and classes among the parameters.

    >>> check_savable({"loss": abs})
    Traceback (most recent call last):
    foveal.core.errors.ParameterError: loss=<built-in function abs> cannot be saved: a model file holds names and \
numbers only; use a name, or keep the model with pickle
    """
    for name, value in parameters.items():
        if not is_plain(value):
            way = f'leave it to whoever loads the file, save(path, given=("{name}",))' if name in can_be_given else ""
            raise ParameterError(
                f"{name}={shown(value)} cannot be saved: a model file holds names and numbers only; "
                f"{way or 'use a name'}, or keep the model with pickle"
            )


def is_plain(value: Any) -> bool:
    """Tell whether a value is of names and numbers only."""
    if isinstance(value, dict):
        return all(is_plain(k) and is_plain(v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return all(map(is_plain, value))
    return value is None or isinstance(value, str | int | float | bool | np.integer | np.floating | np.bool_)


def to_json(value: Any) -> Any:
    """Make JSON of a parameter: a dict becomes pairs, because JSON's keys are strings only."""
    if isinstance(value, dict):
        return {"pairs": [[to_json(k), to_json(v)] for k, v in value.items()]}
    if isinstance(value, list | tuple):
        return [to_json(v) for v in value]
    return value.item() if isinstance(value, np.generic) else value


def from_json(value: Any) -> Any:
    """Undo `to_json`; lists stay lists."""
    return dict(value["pairs"]) if isinstance(value, dict) else value
