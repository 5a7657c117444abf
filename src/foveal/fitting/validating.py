"""Rows that fit is given to validate on: read and held against those to learn from."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import nn

from foveal.core.errors import ParameterError
from foveal.core.forms import is_array
from foveal.core.rules import shown
from foveal.data.arrays import check_finite
from foveal.data.promises import check_source
from foveal.data.reading import rows_like
from foveal.data.rows import Rows
from foveal.data.source import Source, between, is_source, learns, stored_form
from foveal.fitted.pixel_scale import warn_of_scale
from foveal.fitting.examples import Examples
from foveal.fitting.inputs import Machine, counting_rows
from foveal.layers import Masked
from foveal.tasks.class_weights import validation_weights
from foveal.tasks.kind import Problem


def to_validate_on(
    validation: Any,
    problem: Problem,
    p: dict[str, Any],
    rows: Examples,
    layout: str | None,
    machine: Machine,
    columns: Mapping[str, Any],
) -> Examples | None:
    """Read the rows that fit was given to validate on, shaped and weighed as those to learn from.

    They are (X, y), or (X, y, sample_weight); of the latter, rows of weight 0 are left out.
    """
    if validation is None:
        return None
    if not isinstance(validation, tuple | list) or len(validation) not in (2, 3):
        raise ParameterError(
            f"validation must be (X, y) or (X, y, sample_weight), got {_told(validation)}; pass such a tuple"
        )
    X, y, weight = (*validation, None)[:3]
    names, what = columns.get("feature_names_in_"), "validation's X"
    if hasattr(rows.source, "alike") and (not is_source(X) or learns(X)):
        X = rows.source.alike(X, what)
    held = rows_like(X, rows.source.form, layout, machine.numpy_dtype, columns=names, name=what, finite=False)
    if is_source(X):
        check_source(held, what)
    numbers, y, weight = counting_rows(y, weight, len(held), "validation's ")
    if isinstance(held, Rows) and not is_source(X):
        check_finite(held.X, machine.numpy_dtype, what, rows=numbers)
    held = held if numbers is None else held.chosen(numbers)
    y = problem.kind.read(problem, p, y, name="validation's y")
    problem.kind.belongs(stored_form(held), y, "validation's y")
    weights = validation_weights(p["class_weight"], problem, y, weight, rows.y)
    return Examples(held, y, weights, weight).of(held)


def identified_by(held: Examples | None) -> tuple[np.ndarray | Source | None, ...]:
    """Give what of the rows to validate on tells a run from others."""
    if held is None:
        return (None,)
    return held.y, held.source, *(() if held.sample_weight is None else (held.sample_weight,))


def check_lengths(net: nn.Module, source: Source, held: Examples | None) -> None:
    """Refuse signals that are too short for the network, to learn from and to validate on."""
    if isinstance(net, Masked):
        net.check_lengths(source.lengths)
        if held is not None:
            net.check_lengths(held.source.lengths, "validation's X")


def warn_of_other_scale(held: Examples | None, net: nn.Module) -> None:
    """Warn where pictures to validate on hold pixels up to 1 and fit's up to 255, or the other way round."""
    if held is not None and is_array(held.source.form):
        warn_of_scale(between(held.source, 0, min(len(held.source), 100))[0], net, "validation's X")


def _told(value: Any) -> str:
    """Say what a value is without writing all of it."""
    kind = type(value).__name__
    shape = getattr(value, "shape", None)
    if shape is not None:
        return f"{kind} of shape {tuple(shape)}"
    return f"{kind} of length {len(value)}" if hasattr(value, "__len__") else shown(value)
