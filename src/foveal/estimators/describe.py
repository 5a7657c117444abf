"""Parameters and problems as JSON and back: labels keep their types, and nothing but names and numbers goes in."""

from typing import Any, get_args

import numpy as np

from foveal.core.choices import TaskName
from foveal.core.errors import ParameterError
from foveal.estimators.problem import Problem

_KINDS: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}


def describe_problem(problem: Problem) -> dict[str, Any]:
    """Make JSON of a problem; labels that are not strings, numbers or booleans cannot be saved.

    >>> describe_problem(Problem("classification", 2, np.array(["a", "b"])))["classes"]
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
        "kind": problem.kind,
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
        if type(label).__name__ not in _KINDS:
            raise ParameterError(
                f"the label {label!r} in y cannot be saved: a model file holds labels of type str, int, float or bool; "
                "use such labels, or keep the model with pickle"
            )


def problem_from(stored: dict[str, Any]) -> Problem:
    """Make a problem of JSON; every value is checked."""
    n_outputs = stored["n_outputs"]
    if stored["kind"] not in get_args(TaskName) or type(n_outputs) is not int or not 1 <= n_outputs <= 2**24:
        raise ValueError("unknown kind of problem")
    classes = None if stored["classes"] is None else _classes(stored["classes"], n_outputs)
    scale = [tuple(float(v) for v in stored[key]) for key in ("mean", "deviation")]
    if stored["kind"] == "regression" and any(len(s) != n_outputs for s in scale):
        raise ValueError("the scale does not fit the outputs")
    flags = bool(stored["has_probabilities"]), bool(stored["one_axis"])
    return Problem(stored["kind"], n_outputs, classes, *flags, *scale)


def _classes(stored: dict[str, Any], n_outputs: int) -> np.ndarray:
    labels = [_KINDS[kind](label) for kind, label in zip(stored["kinds"], stored["labels"], strict=True)]
    if len(labels) != n_outputs:
        raise ValueError("classes and outputs differ in number")
    dtype = np.dtype(str(stored["dtype"]))
    if dtype.kind not in "OUiufb":
        raise ValueError("unknown dtype of classes")
    classes = np.empty(len(labels), dtype)
    classes[:] = labels
    return classes


def check_savable(parameters: dict[str, Any]) -> None:
    """Refuse what no file can hold without code: functions, modules and classes among the parameters.

    >>> check_savable({"loss": print})
    Traceback (most recent call last):
    foveal.core.errors.ParameterError: loss=<built-in function print> cannot be saved: a model file holds names and \
numbers only; use a name, or keep the model with pickle
    """
    for name, value in parameters.items():
        if not _is_plain(value):
            raise ParameterError(
                f"{name}={value!r} cannot be saved: a model file holds names and numbers only; use a name, or keep the "
                "model with pickle"
            )


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_plain(k) and _is_plain(v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
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
