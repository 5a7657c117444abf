"""What the values in masks stand for, where nobody has said it: classes, their names, and pixels that do not count."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from foveal.core.errors import ParameterError
from foveal.core.rules import is_integer, shown
from foveal.data.images.reading.label_colours import read_colours
from foveal.data.images.reading.mask_rule import check_labels_step, labels_step, table_in

#: The label of pixels that do not count, in the masks of PASCAL VOC and of those that came after it; and of padding.
VOID = 255


class Asked(NamedTuple):
    """What is said of masks: a table of colours, names of classes, the label to ignore, or a whole step."""

    colours: Any = None
    class_names: Any = None
    ignore: Any = None
    mask_rule: Any = None


class Choice(NamedTuple):
    """The step of the rule, the names of the classes 0, 1, 2 ..., and what to say of it."""

    step: dict[str, Any]
    names: tuple[str, ...] | None = None
    said: str = ""


def before_reading(asked: Asked) -> Choice:
    """Give what is known before any mask is read.

    Raises `ParameterError` for what does not go together, and what `read_colours` raises.

    >>> before_reading(Asked(class_names={0: "ground", 7: "car"})).step["numbers"]
    [[0, 0], [7, 1]]
    """
    colours, names, ignore, rule = asked
    if rule is not None:
        if not (colours is None and names is None and ignore is None):
            raise ParameterError("mask_rule says all of masks; leave colours, class_names and ignore out")
        step = check_labels_step(rule)
        return Choice(step, _listed({each.label: each.name for each in table_in(step)}, step["ignored"]))
    if colours is not None:
        if names is not None:
            raise ParameterError("colours has the names of the classes; leave class_names out")
        table = read_colours(colours, ignore)
        own = next((each.label for each in table if each.name == ignore), ignore)
        ignored = own if is_integer(own) else VOID if any(each.label == VOID for each in table) else None
        if ignore is not None and ignored is None:
            raise ParameterError(f"ignore={shown(ignore)} is no label and no name in the table of colours")
        return Choice(labels_step(table, (), ignored), _listed({e.label: e.name for e in table}, ignored))
    if ignore is not None and not is_integer(ignore):
        raise ParameterError(f"ignore must be a label, a whole number, got {shown(ignore)}; names need colours=")
    if isinstance(names, Mapping):
        return _named(names, ignore)
    return Choice(labels_step(ignored=ignore))


def _named(names: Mapping[Any, Any], ignore: Any) -> Choice:
    """Give the labels that are named their numbers, in their order."""
    if not all(is_integer(label) for label in names):
        raise ParameterError(f"class_names must be names, or {{label: name}}, got {shown(dict(names))}")
    numbers = [(int(label), number) for number, label in enumerate(names) if label != ignore]
    kept = tuple(str(name) for label, name in names.items() if label != ignore)
    return Choice(labels_step(numbers=[*numbers, *_void(ignore)], ignored=None if ignore is None else VOID), kept)


def _void(ignore: Any) -> list[tuple[int, int]]:
    return [] if ignore is None else [(int(ignore), VOID)]


def _listed(names: Mapping[int, str], ignored: int | None) -> tuple[str, ...] | None:
    """Give the names by label, those of no class as their numbers."""
    known = {label: name for label, name in names.items() if label != ignored}
    return tuple(known.get(label, str(label)) for label in range(max(known) + 1)) if known else None


def after_reading(known: Choice, asked: Asked, labels: Sequence[int], *, top: int, padded: bool) -> Choice:
    """Choose what is not said by the labels that masks hold, sorted; `top` is the largest that they could hold.

    - `top` (255) beside labels that are 0, 1, 2 ... (or from 1 on), two at least: pixels that do not count.
    - `top` beside others, as in masks of black and white: a class. Labels are then numbered in their order.
    - class_names as many as there are labels, which are not 0, 1, 2 ...: the same.
    - padding has the label that does not count.

    >>> after_reading(Choice(labels_step()), Asked(), [0, 255], top=255, padded=True)[::2]
    ({'step': 'labels', 'colours': [], 'numbers': [[0, 0], [255, 1]], 'ignored': 255}, 'the labels 0, 255 become the \
classes 0, 1')
    >>> after_reading(Choice(labels_step()), Asked(), [0, 1, 255], top=255, padded=False).said
    'pixels of the label 255 do not count'
    """
    step, names = dict(known.step), known.names
    if step["colours"] or step["numbers"] or asked.mask_rule is not None:
        return known._replace(step=step | _padding(step, VOID, padded))
    ignore, given = asked.ignore, None if asked.class_names is None else tuple(map(str, asked.class_names))
    others = [label for label in labels if label not in (top, ignore)]
    said = ""
    if ignore is None and top in labels and _in_turn(others):
        step["ignored"] = ignore = top
        said = f"pixels of the label {top} do not count"
    classes = [label for label in labels if label != ignore]
    counted = given is not None and len(classes) == len(given) and max(classes, default=0) >= len(given)
    if counted or top in classes:
        numbers = [(label, number) for number, label in enumerate(classes)]
        void = VOID if ignore is not None else None
        step = labels_step(numbers=[*numbers, *_void(ignore)], ignored=void)
        named = ", ".join(map(str, classes[:20]))
        said = f"the labels {named} become the classes {', '.join(str(n) for _, n in numbers[:20])}"
        top = VOID
    return Choice(step | _padding(step, top, padded), given or names, said)


def _padding(step: Mapping[str, Any], top: int, padded: bool) -> dict[str, Any]:
    """Let padding not count."""
    return {"ignored": top} if padded and step["ignored"] is None else {}


def _in_turn(labels: Sequence[int]) -> bool:
    """Tell whether labels are 0, 1, 2 ... or 1, 2 ..., two at least."""
    return len(labels) >= 2 and labels[0] in (0, 1) and list(labels) == list(range(labels[0], labels[-1] + 1))
