"""What `augment` says: texts to keep, functions to call, and what of it has no meaning for the rows or the task."""

from collections.abc import Sequence
from typing import Any

from foveal.augment.auto import Rows, auto
from foveal.augment.fits import check_fits, check_sides, cutting_to
from foveal.augment.table import from_text, is_ours, to_text
from foveal.core.errors import ParameterError
from foveal.core.forms import Form, is_array
from foveal.core.rules import as_list
from foveal.data.changes import Augment, Follow, InTurn, Mixes
from foveal.data.source import Source
from foveal.tasks.kind import Problem
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


def resolved(
    p: dict[str, Any], source: Source, problem: Problem, layout: str | None, names: Sequence[Any] | None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Put what "auto" means for the rows in its place, and say it; `names` are those of the classes 0, 1, 2 ...

    Settings, checkpoints and model files then hold what was chosen.
    """
    if p["augment"] != "auto":
        return p, ()
    table = layout == "NL" and p["layout"] is None
    shape = source.form[0].shape if is_array(source.form) else (None,)
    larger = getattr(source, "larger", None) is not None
    points = problem.kind.each_place and not problem.kind.classifies
    choice = auto(Rows(shape, table, None if points else class_names(problem, names), larger, points))
    return p | {"augment": choice.augment}, (f"augment='auto' is {choice.augment}: {choice.said}",)


def class_names(problem: Problem, names: Sequence[Any] | None) -> Sequence[str] | None:
    """Say what the classes are called: as the data says, or as labels that are strings; () where y are values."""
    if problem.classes is None:
        return None if problem.kind.classifies else ()
    if names is not None:
        return [str(name) for name in names]
    labels = problem.classes.tolist()
    return labels if all(isinstance(label, str) for label in labels) else None


def functions_of(value: Any) -> list[Augment | InTurn | Mixes]:
    """Make the functions that `augment` names."""
    return [from_text(each) if isinstance(each, str) else each for each in as_list(value) if each is not None]


def rows_to_cut(source: Source, value: Any) -> tuple[Source, list[Augment | InTurn | Mixes]]:
    """Give the rows that training reads, and what changes them: larger ones where an augmentation cuts them to size."""
    functions = functions_of(value)
    larger = getattr(source, "larger", None)
    cutting = None if larger is None else cutting_to(functions, source.form[0].sizes[1:])
    return (source, functions) if larger is None or cutting is None else (larger, cutting)


def with_crops(p: dict[str, Any], source: Source) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Let rows that are there to be cut be cut anywhere, where no augmentation does, and say so."""
    if not getattr(source, "cuts_anywhere", False) or rows_to_cut(source, p["augment"])[0] is not source:
        return p, ()
    given = [each for each in as_list(p["augment"]) if each is not None]
    said = "patches are cut anywhere, by chance: augment begins with 'crop'"
    return p | {"augment": ["crop", *given]}, (said,)


def nothing_cuts(source: Source, value: Any) -> tuple[str, ...]:
    """Say where rows are stored larger for nothing."""
    larger = getattr(source, "larger", None)
    if larger is None or rows_to_cut(source, value)[0] is not source:
        return ()
    sizes = larger.form[0].sizes[1:]
    return (f"pictures are stored as {sizes}, and the middle is learnt from: augment='crop' cuts anywhere",)


def check_augment(value: Any, form: Form, task: Task | None = None, n_outputs: int = 0) -> None:
    """Refuse what cannot change rows of a form, and what cannot mix them, as far as a task is known."""
    functions = functions_of(value)
    for function in functions:
        check_fits(function, form)
    mixing = [function for function in functions if isinstance(function, Mixes)]
    names = [type(function).__name__ for function in mixing]
    if len(mixing) > 1:
        raise ParameterError(
            f"augment: {' and '.join(names)} both mix rows, and labels are mixed once; use one of them"
        )
    if task is not None and task.follow is not None:
        _refuse_for(task.follow, functions)
        if task.follow == "points":
            check_sides(functions, n_outputs)
    runs_itself = task is not None and task.run is not None
    if mixing and (runs_itself or len(form) > 1):
        why = "its network is given the targets" if runs_itself else "a row has several parts"
        raise ParameterError(
            f"augment: {names[0]} shares a row's label between two rows, which has no meaning here: {why}; leave "
            f"{names[0]} out"
        )


def _refuse_for(follow: Follow, functions: Sequence[Any]) -> None:
    """Refuse what puts rows together, or moves some within one call: no mask can follow, and no point."""
    what = "points" if follow == "points" else "a mask"
    for function in functions:
        name = type(function).__name__
        if isinstance(function, Mixes) or name == "trivial_augment":
            raise ParameterError(
                f"augment: {what} cannot follow {name}; use others, such as 'flip', 'rotate' and 'brightness'"
            )
