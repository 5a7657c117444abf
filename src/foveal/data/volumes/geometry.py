"""Where voxels lie: 4 x 4 matrices from index to millimetres, and the turn that brings axes into an order.

World axes are RAS+: x grows to the patient's right, y to the front (anterior), z to the head (superior), as in NIfTI.
DICOM's grow to the left, to the back and to the head (LPS+), so its x and y change their signs here.
"""

from itertools import permutations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

#: World axis and whether it grows, by letter.
_LETTERS = {"R": (0, True), "L": (0, False), "A": (1, True), "P": (1, False), "S": (2, True), "I": (2, False)}


class Turn(NamedTuple):
    """How axes change places: new axis n is the old axis `axes[n]`, run through backwards where `flips[n]`."""

    axes: tuple[int, int, int]
    flips: tuple[bool, bool, bool]


STAY = Turn((0, 1, 2), (False, False, False))


def is_code(code: object) -> bool:
    """Tell whether a text names three axes, as "RAS" or "LPS" do: one letter for each of the world's.

    >>> is_code("PIL"), is_code("RLS"), is_code("ras")
    (True, False, False)
    """
    return isinstance(code, str) and len(code) == 3 and sorted(_LETTERS.get(c, (3,))[0] for c in code) == [0, 1, 2]


def _direction(affine: Array) -> Array:
    """Give each axis of the voxels as a unit vector in the world, in a column."""
    columns: Array = affine[:3, :3]
    unit: Array = columns / np.linalg.norm(columns, axis=0)
    return unit


def _world_axes(affine: Array) -> tuple[int, ...]:
    """Give the world axis that each voxel axis is nearest to, no two the same: the largest sum of |cosines|."""
    near = np.abs(_direction(affine))
    return max(permutations(range(3)), key=lambda worlds: sum(near[world, axis] for axis, world in enumerate(worlds)))


def code_of(affine: Array) -> str:
    """Name the directions in which the voxel axes grow.

    >>> code_of(np.diag([-2.0, 1, 1, 1]))
    'LAS'
    """
    worlds, direction = _world_axes(affine), _direction(affine)
    return "".join("RAS"[w] if direction[w, axis] >= 0 else "LPI"[w] for axis, w in enumerate(worlds))


def turn_to(affine: Array, code: str) -> Turn:
    """Give the turn after which the voxel axes are nearest to those of `code`; nothing is interpolated.

    >>> turn_to(np.diag([-2.0, 1, 1, 1]), "RAS")
    Turn(axes=(0, 1, 2), flips=(True, False, False))
    """
    worlds, direction = _world_axes(affine), _direction(affine)
    wanted = [_LETTERS[letter] for letter in code]
    axes = [worlds.index(world) for world, _ in wanted]
    flips = [bool(direction[w, axis] >= 0) != grows for axis, (w, grows) in zip(axes, wanted, strict=True)]
    return Turn((axes[0], axes[1], axes[2]), (flips[0], flips[1], flips[2]))


def turned(values: Array, turn: Turn) -> Array:
    """Turn (I, J, K, C); a view.

    >>> turned(np.arange(6).reshape(1, 2, 3, 1), Turn((2, 1, 0), (True, False, False)))[..., 0].tolist()
    [[[2], [5]], [[1], [4]], [[0], [3]]]
    """
    return values.transpose((*turn.axes, 3))[tuple(slice(None, None, -1 if flip else 1) for flip in turn.flips)]


def turned_back(values: Array, turn: Turn) -> Array:
    """Undo `turned`; a view."""
    straight = values[tuple(slice(None, None, -1 if flip else 1) for flip in turn.flips)]
    return straight.transpose((*np.argsort(turn.axes).tolist(), 3))


def turned_shape(shape: tuple[int, ...], turn: Turn) -> tuple[int, ...]:
    """Give the sizes of the axes after a turn.

    >>> turned_shape((4, 5, 6), Turn((2, 0, 1), (False, True, False)))
    (6, 4, 5)
    """
    return tuple(shape[axis] for axis in turn.axes)


def turned_affine(affine: Array, turn: Turn, shape: tuple[int, ...]) -> Array:
    """Give the matrix of turned voxels; `shape` is that before the turn.

    >>> turned_affine(np.diag([-2.0, 1, 1, 1]), Turn((0, 1, 2), (True, False, False)), (10, 1, 1))[0].tolist()
    [2.0, 0.0, 0.0, -18.0]
    """
    to_old = np.zeros((4, 4))
    to_old[3, 3] = 1
    for new, (old, flip) in enumerate(zip(turn.axes, turn.flips, strict=True)):
        to_old[old, new] = -1 if flip else 1
        to_old[old, 3] = shape[old] - 1 if flip else 0
    found: Array = affine @ to_old
    return found + 0.0  # -0 becomes 0


def spacing_of(affine: Array) -> tuple[float, ...]:
    """Give the distance of neighbours along each axis, in millimetres.

    >>> spacing_of(np.diag([-2.0, 1, 0.5, 1]))
    (2.0, 1.0, 0.5)
    """
    lengths = np.linalg.norm(affine[:3, :3], axis=0)
    return tuple(round(float(length), 9) for length in lengths)


def stretched(affine: Array, ratios: tuple[float, ...], starts: tuple[float, ...]) -> Array:
    """Give the matrix of voxels of which number n lies at start + ratio n of the old ones.

    >>> stretched(np.eye(4), (2.0, 1.0, 1.0), (0.5, 0.0, 0.0))[0].tolist()
    [2.0, 0.0, 0.0, 0.5]
    """
    to_old = np.diag([*ratios, 1.0])
    to_old[:3, 3] = starts
    found: Array = affine @ to_old
    return found
