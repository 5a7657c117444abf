"""What `augment` says: texts to keep, functions to call, and what of it has no meaning for the rows or the task."""

from typing import Any

from foveal.augment.fits import check_fits
from foveal.augment.table import from_text, is_ours, to_text
from foveal.core.errors import ParameterError
from foveal.core.forms import Form
from foveal.core.rules import as_list
from foveal.data.changes import Augment, InTurn, Mixes
from foveal.train import Task


def as_texts(value: Any) -> Any:
    """Write augmentations of ours as text, so that runs and files hold names and numbers; functions stay.

    >>> from foveal.augment import rotate
    >>> as_texts(["flip", rotate(15), "rotate(10)"]), as_texts(None)
    (['flip', 'rotate(degrees=15)', 'rotate'], None)
    """
    if isinstance(value, list | tuple):
        return type(value)([as_texts(each) for each in value])
    if isinstance(value, str) and value != "auto":
        return to_text(from_text(value))
    return to_text(value) if is_ours(value) else value


def functions_of(value: Any) -> list[Augment | InTurn | Mixes]:
    """Make the functions that `augment` names."""
    return [from_text(each) if isinstance(each, str) else each for each in as_list(value) if each is not None]


def check_augment(value: Any, form: Form, task: Task) -> None:
    """Refuse what cannot change rows of a form, and what cannot mix them: before the first epoch."""
    functions = functions_of(value)
    for function in functions:
        check_fits(function, form)
    mixing = [function for function in functions if isinstance(function, Mixes)]
    names = [type(function).__name__ for function in mixing]
    if len(mixing) > 1:
        raise ParameterError(
            f"augment: {' and '.join(names)} both mix rows, and labels are mixed once; use one of them"
        )
    if mixing and (task.run is not None or len(form) > 1):
        why = "its network is given the targets" if task.run is not None else "a row has several parts"
        raise ParameterError(
            f"augment: {names[0]} shares a row's label between two rows, which has no meaning here: {why}; leave "
            f"{names[0]} out"
        )
