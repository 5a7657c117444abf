"""Descriptions of older model files, raised to the present version, one step after the other."""

from collections.abc import Callable, Mapping
from typing import Any

#: The version that is written.
VERSION = 3


def upgrade_1_to_2(old: Mapping[str, Any]) -> dict[str, Any]:
    """Raise a file that has no hash."""
    return {**old, "version": 2}


def upgrade_2_to_3(old: Mapping[str, Any]) -> dict[str, Any]:
    """Raise a file of rows that are one array, scaled by channel, without class names and input rule."""
    kept = dict(old)
    parameters, shape = kept.pop("parameters"), kept.pop("input_shape")
    return {
        **kept,
        "version": 3,
        "settings": parameters,
        "given": [],
        "form": [{"name": "x", "shape": shape, "dtype": "float32", "length": 16}],
        "input_rule": [],
        "class_names": None,
        "kept_epoch": _kept(kept["history"], stopped=parameters.get("early_stopping") is True),
    }


def _kept(history: Mapping[str, Any], *, stopped: bool) -> int:
    """Find the epoch whose weights a file holds: with early stopping the earliest of the best."""
    scores = [score for score in history["valid_score"] if score is not None]
    if not stopped or not scores:
        return len(history["epoch"])
    return 1 + int(history["valid_score"].index(max(scores)))


UPGRADES: dict[int, Callable[[Mapping[str, Any]], dict[str, Any]]] = {1: upgrade_1_to_2, 2: upgrade_2_to_3}


def raised(description: Mapping[str, Any]) -> dict[str, Any]:
    """Give a description as the present version has it.

    >>> old = {"version": 1, "parameters": {}, "input_shape": [1, 8], "history": {"epoch": [1], "valid_score": [None]}}
    >>> raised(old)["version"], raised(old)["kept_epoch"]
    (3, 1)
    """
    found = dict(description)
    while found["version"] in UPGRADES:
        found = UPGRADES[found["version"]](found)
    return found
