"""Random changes of a batch's rows: what seeds them, and what may come out.

What chance decides is a function of (seed, epoch, batch), given as an argument, so that the same changes can be made
anywhere: in an ordinary step, in another process, or by a recorded one, which only reads memory.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import torch
from torch import Tensor

from foveal.core.errors import ParameterError
from foveal.core.randomness import coins, derive
from foveal.data.points import inside

Augment = Callable[[Tensor, torch.Generator], Tensor]


@runtime_checkable
class InTurn(Protocol):
    """An augmentation that each row sees in every second epoch; `change(x, marked)` changes the marked rows."""

    @property
    def change(self) -> Callable[[Tensor, Tensor], Tensor]:
        """The function (x, marked) -> x."""
        ...

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Change rows by chance."""
        ...


@runtime_checkable
class Mixes(Protocol):
    """An augmentation that puts two rows in one: labels are shared as pixels are.

    `mix(x, rng)` gives the batch, the number of each row's partner within it, (B,), and the share that the row itself
    has kept, (B,) in 0 ... 1. The loss of a row is then that share of the loss on its own target, and the rest of that
    on its partner's; so is its weight.
    """

    def mix(self, x: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Mix rows by chance."""
        ...

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Give the batch alone."""
        ...


@runtime_checkable
class Cuts(Protocol):
    r"""An augmentation that may cut smaller rows out of larger ones."""

    def shape_after(self, shape: Sequence[int]) -> tuple[int, ...]:
        r"""Tell the shape of a batch, (B, C, \*S), that is cut."""
        ...

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Cut rows by chance."""
        ...


class Mixing(NamedTuple):
    """Which rows of a batch are mixed: the number of each one's partner, and the share that it has kept, both (B,)."""

    partner: Tensor
    kept: Tensor


#: How targets move with their rows: those with a value for each place are read there, the nearest value or between;
#: points go where they are found.
Follow = Literal["nearest", "linear", "points"]


class Changed(NamedTuple):
    """Changed rows, their targets, and what was mixed, if anything was."""

    x: Tensor
    y: tuple[Tensor, ...]
    mixing: Mixing | None


@dataclass(frozen=True)
class Changes:
    """The augmentations of a run, one after the other."""

    functions: Sequence[Augment | InTurn | Mixes]
    in_turn: bool  # epochs show the same rows, so that changes can take turns
    seed: int
    follow: Follow | None = None  # how targets move with the rows; None: they do not

    @property
    def by_chance(self) -> list[int]:
        """The numbers of the functions that are called with a generator."""
        return [i for i, f in enumerate(self.functions) if not (self.in_turn and isinstance(f, InTurn))]

    def seeds(self, epoch: int, number: int) -> list[int]:
        """Give the seeds of a batch's changes by chance."""
        return [derive(self.seed, f"augment {i}", epoch, number) for i in self.by_chance]

    def apply(
        self,
        x: Tensor,
        index: Tensor,
        odd: bool | Tensor,
        drawn: Sequence[torch.Generator],
        y: tuple[Tensor, ...] = (),
    ) -> Changed:
        r"""Change the rows `index` in an epoch of odd number or not; `drawn` has a seeded generator for each seed.

        `y` are targets that follow: names, (N, \*S), numbers, (N, K, \*S), or points, (N, K, axes). They move by what
        `motion(x, rng)` of a function gives, which draws the numbers; a function without one changes values alone.
        """
        generators, mixing = iter(drawn), None
        for i, function in enumerate(self.functions):
            if isinstance(function, InTurn) and self.in_turn:
                marked = coins(index, derive(self.seed, f"augment {i}")) ^ odd
                turned = getattr(function, "turned", None)
                move = turned(x, marked) if turned else partial(_with_mark, function.change, marked)
                x, y = _same_shape(function.change(x, marked), x), self._moved(y, move, function, x.shape)
            elif y and (motion := getattr(function, "motion", None)) is not None:
                move, cut = motion(x, next(generators)), None
                if isinstance(function, Cuts):
                    cut = function.shape_after(x.shape)
                x, y = _same_shape(move(x), x, cut), self._moved(y, move, function, cut or x.shape)
            else:
                x, found = changed(function, x, next(generators))
                mixing = found or mixing
        return Changed(_as_stored(x), y, mixing)

    def _moved(
        self, y: tuple[Tensor, ...], move: Callable[..., Tensor], function: Any, after: Sequence[int]
    ) -> tuple[Tensor, ...]:
        if y and self.follow == "points":
            return tuple([inside(part, after[2:]) for part in map(_points_by(move, function), y)])
        if self.follow == "linear":
            return tuple([move(part) for part in y])
        return tuple([move(part.unsqueeze(1), nearest=True).squeeze(1) for part in y])


def _points_by(move: Any, function: Any) -> Callable[[Tensor], Tensor]:
    """Give what says where points go; raise `ParameterError` where a motion of the user's does not say it."""
    points: Callable[[Tensor], Tensor] | None = getattr(move, "points", None)
    if points is None:
        raise ParameterError(
            f"augment: points cannot follow {type(function).__name__}, whose motion does not say where they go; let "
            "`motion` give a value with a method points(points), (N, K, axes) -> the same, or use one of ours"
        )
    return points


def _with_mark(
    change: Callable[[Tensor, Tensor], Tensor], marked: Tensor, x: Tensor, *, nearest: bool = False
) -> Tensor:
    """Change marked rows; they keep their pixels' values, so that there is no nearest one."""
    return change(x, marked)


def _as_stored(x: Tensor) -> Tensor:
    r"""Lay (B, C, \*S) out channels-last again: an augmentation may have changed the order, or one channel's strides.

    Convolutions go by the strides: those of (B, 1, H, W) in ordinary order made the first layer three times slower.
    """
    rows = x.movedim(1, -1).contiguous()
    return rows.flatten().view(rows.shape).movedim(-1, 1)


def changed(augment: Augment | Mixes, x: Tensor, rng: torch.Generator) -> tuple[Tensor, Mixing | None]:
    """Change a batch, and say what was mixed; raise `ParameterError` if what comes out is none of its shape."""
    if isinstance(augment, Cuts):
        return _same_shape(augment(x, rng), x, augment.shape_after(x.shape)), None
    if not isinstance(augment, Mixes):
        return _same_shape(augment(x, rng), x), None
    out, partner, kept = augment.mix(x, rng)
    if partner.shape != (len(x),) or kept.shape != (len(x),):
        raise ParameterError(
            f"augment: mix must give each row's partner and the share it has kept, ({len(x)},) both, got "
            f"{tuple(partner.shape)} and {tuple(kept.shape)}"
        )
    return _same_shape(out, x), Mixing(partner, kept)


def _same_shape(out: Any, x: Tensor, cut: Sequence[int] | None = None) -> Tensor:
    wanted = tuple(x.shape if cut is None else cut)
    if isinstance(out, Tensor) and (out.is_complex() or out.dtype == torch.bool):
        raise ParameterError(f"augment: a function must give real numbers, as it is given ({x.dtype}), got {out.dtype}")
    if not isinstance(out, Tensor) or out.shape != wanted:
        got = tuple(out.shape) if isinstance(out, Tensor) else type(out).__name__
        raise ParameterError(f"augment: a function must give a batch of the shape it is given, {wanted}, got {got}")
    return out
