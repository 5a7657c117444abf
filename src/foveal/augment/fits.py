"""Which augmentations have a meaning for which rows: said before the first epoch."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from foveal.augment.table import is_ours
from foveal.core.errors import ParameterError, ShapeError
from foveal.core.forms import Form

#: Names: the numbers of channels, of spatial axes, and what to use where the rows have others.
_COLOURS = ((3,), (1, 2, 3), "brightness and contrast take any channels")
_PLANES = (None, (2, 3), "for signals there are shift, scale, warp and resized_crop")
_NEEDS: dict[str, tuple[tuple[int, ...] | None, tuple[int, ...], str]] = {
    "saturation": _COLOURS, "hue": _COLOURS, "grey": _COLOURS, "rotate": _PLANES, "shear": _PLANES,
    "vertical_flip": _PLANES, "trivial_augment": ((1, 3), (2,), "others, such as shift and noise, take any rows"),
}  # fmt: skip
#: What changes each place by itself, so that it does not matter what stands behind a row's end.
_PLACE_BY_PLACE = ("gain",)
_WHAT = {1: "signals", 2: "pictures", 3: "volumes"}


def check_fits(augmentation: Any, form: Form) -> None:
    """Raise `ParameterError` where an augmentation of ours cannot change rows of a form; of a user's nothing is known.

    >>> from foveal.augment import hue
    >>> from foveal.core.forms import form_of
    >>> check_fits(hue(), form_of((1, 28, 28)))
    Traceback (most recent call last):
    foveal.core.errors.ParameterError: augment: hue needs rows of 3 channels, got 1, (1, 28, 28); brightness and \
contrast take any channels
    """
    if not is_ours(augmentation):
        return
    name, part = type(augmentation).__name__, form[0]
    shape, axes = part.shape, len(part.shape) - 1
    if part.dtype in ("int64", "bool") or axes < 1:
        raise ParameterError(
            f"augment: {name} changes the values of signals, pictures and volumes, and the rows of X are {part.dtype} "
            f"of shape {shape}; use augment=None, or a function of your own"
        )
    if part.varies and name not in _PLACE_BY_PLACE:
        raise ParameterError(
            f"augment: {name} looks at all of a row, and rows of unequal length have padding behind them; use "
            f"{' or '.join(_PLACE_BY_PLACE)}, or a function of your own that changes each place by itself"
        )
    channels, ranks, instead = _NEEDS.get(name, (None, (1, 2, 3), ""))
    if channels is not None and shape[0] not in channels:
        raise ParameterError(
            f"augment: {name} needs rows of {' or '.join(map(str, channels))} channels, got {shape[0]}, {shape}; "
            f"{instead}"
        )
    if axes not in ranks:
        raise ParameterError(
            f"augment: {name} is for {' and '.join(_WHAT[n] for n in ranks)}, got {_WHAT.get(axes, 'rows')} of shape "
            f"{shape}; {instead}"
        )
    _check_size(augmentation, shape)
    if name == "flip" and -getattr(augmentation, "axis", -1) > axes:
        raise ParameterError(
            f"augment: flip has axis={augmentation.axis}, but rows of shape {shape} have {axes} to mirror; use axis=-1"
        )


def check_sides(functions: Sequence[Any], n_points: int) -> None:
    """Refuse to mirror several points where nothing says which of them are pairs of a left and a right one.

    >>> from foveal.augment import flip
    >>> check_sides([flip(pairs=1)], 3), check_sides([flip()], 1)
    (None, None)
    """
    for function in functions:
        if not (is_ours(function) and hasattr(function, "pairs")):
            continue
        name, pairs = type(function).__name__, function.pairs
        if pairs is None and n_points > 1:
            raise ParameterError(
                f"augment: {name} makes left of right, and y has {n_points} points: say with how many pairs of a left "
                f"and a right one they begin, '{name}(pairs=1)', or '{name}(pairs=0)' where none has a side"
            )
        if 2 * (pairs or 0) > n_points:
            raise ParameterError(f"augment: {name} has pairs={pairs}, but y has {n_points} points; use fewer pairs")


def _check_size(augmentation: Any, shape: tuple[int | None, ...]) -> None:
    """Refuse windows of another size than the network's rows."""
    to = getattr(augmentation, "to", None)
    if to is None:
        return
    name = type(augmentation).__name__
    try:
        fits = None not in shape and augmentation.shape_after((1, *shape)) == (1, *shape)
    except ShapeError:
        fits = False
    if not fits:
        raise ParameterError(
            f"augment: {name} has to={to}, but the network takes rows of {shape[1:]}; leave `to` out: it is filled in"
        )


def cutting_to(functions: Sequence[Any], sizes: tuple[int, ...]) -> list[Any] | None:
    """Let the first of some augmentations that cuts windows out cut them of a size; None where none of ours does.

    >>> from foveal.augment import crop, flip
    >>> cutting_to([flip(), crop()], (64, 64)), cutting_to([flip()], (64, 64))
    ([flip(axis=-1, pairs=None), crop(share=0.125, to=(64, 64))], None)
    """
    for place, function in enumerate(functions):
        if is_ours(function) and hasattr(function, "to"):
            return [*functions[:place], replace(function, to=sizes), *functions[place + 1 :]]
    return None
