"""The rule of masks in files: the geometry of their pictures' rule, and what the values in them stand for.

Beside the steps of `rule` it has, after the first,

    {"step": "labels", "colours": [[label, name, R, G, B], ...], "numbers": [[value, label], ...], "ignored": L or null}

"colours" is the table that colours are looked up in, "numbers" what grey values become (empty: they are labels as they
are), "ignored" the label of pixels that do not count, padding among them. A model file keeps that step alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from foveal.core.errors import ModelFileError
from foveal.core.rules import is_integer, shown
from foveal.data.images.reading.label_colours import Coloured
from foveal.data.images.reading.rule import InputRule, step_of

#: Values and labels in a step at most.
_MOST = 65536


def labels_step(
    colours: Sequence[Coloured] = (), numbers: Sequence[tuple[int, int]] = (), ignored: int | None = None
) -> dict[str, Any]:
    """Make the step that says what values stand for.

    >>> labels_step(numbers=[(0, 0), (255, 1)])
    {'step': 'labels', 'colours': [], 'numbers': [[0, 0], [255, 1]], 'ignored': None}
    """
    table = [[each.label, each.name, *each.colour] for each in colours]
    return {"step": "labels", "colours": table, "numbers": [list(map(int, pair)) for pair in numbers],
            "ignored": None if ignored is None else int(ignored)}  # fmt: skip


def mask_rule(rule: InputRule, step: Mapping[str, Any], *, depth: str = "uint8") -> InputRule:
    """Make the rule of masks that lie over the pictures of a rule: over those that are stored, before a last cut.

    >>> from foveal.data.images.reading.rule import make_rule
    >>> mask_rule(make_rule(64), labels_step())[-1]
    {'step': 'resize', 'how': 'pad', 'size': [64, 64], 'fill': [255]}
    """
    how = step_of(rule, "resize")
    resize: dict[str, Any] = {"step": "resize", "how": how["how"], "size": list(how["size"])}
    if how["how"] == "pad":
        largest = 255 if depth == "uint8" else 65535
        resize["fill"] = [largest if step["ignored"] is None else step["ignored"]]
    colour = {"step": "colour", "to": "as_is", "channels": 1}
    return ({"step": "orient"}, dict(step), colour, {"step": "depth", "to": depth}, resize)


def table_in(step: Mapping[str, Any]) -> tuple[Coloured, ...]:
    """Give the table of colours of a step.

    >>> table_in(labels_step([Coloured(0, "sky", (0, 0, 255))]))
    (Coloured(label=0, name='sky', colour=(0, 0, 255)),)
    """
    return tuple(Coloured(label, name, (r, g, b)) for label, name, r, g, b in step.get("colours", ()))


def without_labels(rule: Sequence[Any]) -> InputRule:
    """Give the steps that `rule.check_rule` knows."""
    return tuple(step for step in rule if not (isinstance(step, Mapping) and step.get("step") == "labels"))


def check_labels_step(step: Any) -> dict[str, Any]:
    """Give back a step that keeps its form, as out of a model file; raise `ModelFileError` for any other.

    >>> check_labels_step({"step": "labels"})
    Traceback (most recent call last):
    foveal.core.errors.ModelFileError: the mask rule must say what labels stand for, got {'step': 'labels'}; the file \
is damaged, or a newer foveal wrote it: pip install -U foveal
    """
    sound = isinstance(step, Mapping) and set(step) == {"step", "colours", "numbers", "ignored"}
    if not (sound and step["step"] == "labels" and _is_ignored(step["ignored"])
            and _all(step["colours"], _is_colour) and _all(step["numbers"], _is_pair)):  # fmt: skip
        raise ModelFileError(
            f"the mask rule must say what labels stand for, got {shown(step)}; the file is damaged, or a newer foveal "
            "wrote it: pip install -U foveal"
        )
    return dict(step)


def _all(values: Any, holds: Any) -> bool:
    return isinstance(values, list) and len(values) <= _MOST and all(isinstance(v, list) and holds(v) for v in values)


def _is_ignored(value: Any) -> bool:
    return value is None or _within(value, 65535)


def _is_colour(row: list[Any]) -> bool:
    return len(row) == 5 and isinstance(row[1], str) and all(_within(v, 255) for v in (row[0], *row[2:]))


def _is_pair(row: list[Any]) -> bool:
    return len(row) == 2 and all(_within(v, 65535) for v in row)


def _within(value: Any, most: int) -> bool:
    return is_integer(value) and 0 <= value <= most
