"""What a model file leaves to whoever loads it, for no file can hold it: code of the user's."""

from collections.abc import Callable, Collection, Mapping, Sequence
from os import PathLike
from typing import Any

from foveal.core.errors import ModelFileError, ParameterError
from foveal.core.parameters import CODE, check_parameters
from foveal.core.rules import shown
from foveal.fitted.describe import is_plain
from foveal.tasks.kind import Kind
from foveal.tasks.table import KINDS


def names_given(given: str | Sequence[str]) -> tuple[str, ...]:
    """Give the names that `save` is told to leave out; refuse other parameters than those that may be code.

    >>> names_given("net")
    ('net',)
    >>> names_given(("net", "epochs"))
    Traceback (most recent call last):
    foveal.core.errors.ParameterError: given must name parameters of ('activation', 'net', 'optimizer', \
'loss', 'task', 'augment'), got 'epochs'
    """
    names = (given,) if isinstance(given, str) else tuple(given)
    odd = next((name for name in names if name not in CODE), None)
    if odd is not None:
        raise ParameterError(f"given must name parameters of {CODE}, got {odd!r}")
    return names


def check_left(names: Sequence[str], settings: Mapping[str, Any]) -> None:
    """Refuse to leave out what a file holds by itself.

    >>> check_left(("loss",), {"loss": "mse"})
    Traceback (most recent call last):
    foveal.core.errors.ParameterError: given names loss, but a model file holds loss='mse' by itself; leave 'loss' \
out of given
    """
    held = next((name for name in names if is_plain(settings[name])), None)
    if held is not None:
        raise ParameterError(
            f"given names {held}, but a model file holds {held}={shown(settings[held])} by itself; leave {held!r} out "
            "of given"
        )


def read_given(names: Collection[str], given: Mapping[str, Any], path: str | PathLike[str]) -> dict[str, Any]:
    """Give the parameters that a file leaves to whoever loads it; they keep the rules of the parameter table."""
    missing = [name for name in names if name not in given]
    if missing:
        raise ModelFileError(
            f"{path} leaves {', '.join(missing)} to whoever loads it; use foveal.load(path, {missing[0]}=...) with "
            "what it was trained with"
        )
    extra = [name for name in given if name not in names]
    if extra:
        raise ModelFileError(f"{path} holds its {extra[0]}; leave {extra[0]}=... out")
    check_parameters(dict(given))
    return dict(given)


def kinds_with(task: Any) -> Mapping[str, Kind]:
    """Give the kinds that a file may name: ours, and the user's own."""
    return {**KINDS, task.name: task} if isinstance(task, Kind) else KINDS


def check_meant(problem: Mapping[str, Any], given: Mapping[str, Any], task: Any, path: str | PathLike[str]) -> None:
    """Refuse a kind or a loss that is given and is not that of the problem in the file."""
    kind = kinds_with(task).get(problem["kind"])
    if "task" in given and kind is None:
        raise ParameterError(
            f"task={given['task']!r} is not what {path} was trained with, which is a kind named {problem['kind']!r}; "
            "give that"
        )
    if "loss" in given and kind is not None:
        has = kind.has_probabilities(given["loss"])
        if has != problem["has_probabilities"]:
            raise ParameterError(
                f"loss={shown(given['loss'], 60)} is not what {path} was trained with: outputs trained with it "
                f"{'give' if has else 'are no'} probabilities, and the model's {'are none' if has else 'give them'}; "
                "give what it was trained with"
            )


def blamed(brought: Sequence[str], given: Mapping[str, Any], path: str | PathLike[str]) -> Callable[[str], Exception]:
    """Give what makes an error of a tensor that does not fit: the argument's, where one was given, else the file's."""
    if not brought:
        return ValueError
    name = brought[0]
    return lambda odd: ParameterError(
        f"{name}={shown(given[name], 60)} is not what {path} was trained with: {odd}; give what it was trained with"
    )
