"""What partial_fit does about parameters that were changed since the first call: follow them, or say that it cannot."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from foveal.core.errors import ParameterError
from foveal.core.parameters import TABLE, Later
from foveal.core.warn import warn_user
from foveal.fitted.foreign import is_foreign
from foveal.fitted.network import NETWORK
from foveal.fitting.choosing import means_auto
from foveal.tasks.fits import check_fits
from foveal.tasks.kind import Kind, Problem


def followed(now: dict[str, Any], first: dict[str, Any], *, fresh: bool, each_place: bool = False) -> dict[str, Any]:
    """Give the parameters to go on with: those of the first call with the changes that can be followed.

    A warning names those that cannot; `fresh` says that the model came from a file.
    """
    averages = (now["ema_decay"] is None) == (first["ema_decay"] is None)  # with the average that is there, or none
    names = (*_those("followed"), *(_those("fresh") if fresh else ()), *(("ema_decay",) if averages else ()))
    if means_auto(now["net"], each_place=each_place):  # what it meant at the first call
        now = now | {"net": first["net"]}
    own = is_foreign(first["net"]) and not is_foreign(now["net"])
    idle = (*_those("idle"), *(("net", *NETWORK) if own else ()))
    lost = [name for name in now if name not in (*names, *idle) and not _same(now[name], first[name])]
    if own:
        warn_user(
            f"partial_fit trains net_ as it is, not a network that net={now['net']!r} means; use fit for a new one"
        )
    if lost:
        warn_user(
            f"partial_fit cannot follow changes of {', '.join(lost)} and goes on as the first call had it; use fit for "
            "a new network"
        )
    return first | {name: now[name] for name in names}


def problem_now(problem: Problem, parameters: dict[str, Any], kind: Kind) -> Problem:
    """Hold a changed loss or task against the problem, as fit does; whether there are probabilities follows the loss.

    Raises `ParameterError` where they do not fit.
    """
    check_fits(parameters, problem.kind)
    check_kind(problem, parameters, kind)
    return replace(problem, has_probabilities=problem.kind.has_probabilities(parameters["loss"]))


def check_kind(problem: Problem, parameters: Mapping[str, Any], kind: Kind) -> None:
    """Refuse a kind that the problem of a fitted model is not of."""
    if problem.kind.name not in (kind.name, *kind.becomes):
        raise ParameterError(
            f"task={parameters['task']!r} does not fit {problem.kind.name}, which the model was fitted for; use "
            f"task={problem.kind.name!r}, or fit for a new network"
        )


def _those(later: Later) -> list[str]:
    return [p.name for p in TABLE if p.later == later]


def _same(a: Any, b: Any) -> bool:
    """Tell whether two values of a parameter mean the same; lists and tuples do.

    >>> _same([3, 3], (3, 3)), _same(print, abs)
    (True, False)
    """
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    return a is b or bool(a == b)
