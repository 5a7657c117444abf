r"""Where windows lie that cover an image of any size, and what each of them counts for at each pixel.

An image is anything with a shape (\*S, C): a picture, a volume or a signal, of one to three spatial axes. Axes are
independent: the grid is the product of each axis's starts, a weight the product of each axis's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import ParameterError
from foveal.core.shapes import Sizes, per_axis, window_starts

Corner = tuple[int, ...]


class Window(NamedTuple):
    """A window of one axis: where it begins, and the weight of each of its pixels, (window,) float32."""

    start: int
    weights: NDArray[np.float32]


@dataclass(frozen=True)
class Windows:
    r"""Windows of `window` pixels that share at least `overlap` with the next one, for each spatial axis.

    window, multiple : the size in pixels, and what it and every start are multiples of: a network's total stride. A
        pool sees the same groups of pixels in each window only then.
    overlap : pixels that two windows that follow each other share, at least; fewer than a window has, by `multiple`.
    reach : pixels that an output sees to either side, at most: half the receptive field; `sight` finds it
        out. None: not known.

    What a window counts for falls to its inner edges over the overlap, linearly: the pixel t, 0 ... o - 1, of an
    overlap o has the weight clip((t - r + 1/2) / (o - 2 r), 0, 1) in the later window, and the rest of 1 in the earlier
    one. Where o >= 2 `reach`, r is `reach`: pixels that a window's edge has touched do not count, and the answer is
    that of one piece, up to rounding. With less overlap r is 0, and `difference` says what that costs. At the image's
    own border nothing falls: there a window pads as one piece does.

    An image that is smaller than a window, or no multiple, is padded at the end of its axes with the pixels of its edge
    (as `Tiles` pads, so that a network has met it), and the answer cropped. One piece is the padded image.

    Raises `ParameterError` where windows cannot cover anything so.

    >>> windows = Windows.of(2, window=8, overlap=4)
    >>> [window.start for window in windows.axis(0, 14)]
    [0, 4, 6]
    >>> windows.axis(0, 12)[1].weights.tolist()
    [0.125, 0.375, 0.625, 0.875, 1.0, 1.0, 1.0, 1.0]
    """

    window: tuple[int, ...]
    overlap: tuple[int, ...]
    reach: tuple[int, ...] | None
    multiple: tuple[int, ...]

    def __post_init__(self) -> None:
        reaches = self.reach or (0,) * self.ndim
        for window, overlap, reach, multiple in zip(self.window, self.overlap, reaches, self.multiple, strict=True):
            if min(window, multiple) < 1 or min(overlap, reach) < 0:
                raise ParameterError(
                    f"window and multiple must be at least 1, overlap and reach at least 0, got {window}, {multiple}, "
                    f"{overlap} and {reach}; give pixels"
                )
            if window % multiple:
                near = -(-window // multiple) * multiple
                raise ParameterError(f"window must be a multiple of the stride {multiple}, got {window}; use {near}")
            if window - overlap < multiple:
                raise ParameterError(
                    f"overlap must be at most {window - multiple} of a window of {window} pixels whose starts are "
                    f"multiples of {multiple}, got {overlap}; use less overlap, or a larger window"
                )

    @classmethod
    def of(
        cls, ndim: int, *, window: Sizes, overlap: Sizes, reach: Sizes | None = None, multiple: Sizes = 1
    ) -> "Windows":
        """Make windows of `ndim` spatial axes from one number, or one for each of them."""
        return cls(
            per_axis("window", window, ndim),
            per_axis("overlap", overlap, ndim),
            None if reach is None else per_axis("reach", reach, ndim),
            per_axis("multiple", multiple, ndim),
        )

    @property
    def ndim(self) -> int:
        """The number of spatial axes."""
        return len(self.window)

    @property
    def exact(self) -> bool:
        """Whether the answer is known to be that of one piece.

        >>> Windows.of(2, window=64, overlap=16, reach=8).exact, Windows.of(2, window=64, overlap=16).exact
        (True, False)
        """
        shared = (window - self._step(axis) for axis, window in enumerate(self.window))
        return self.reach is not None and all(2 * r <= o for r, o in zip(self.reach, shared, strict=True))

    def padded(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Give the sizes that images of `shape` are padded to, at each axis's end: a whole window, and the multiple.

        >>> Windows.of(2, window=8, overlap=0, multiple=4).padded((5, 21))
        (8, 24)
        """
        each = zip(shape, self.window, self.multiple, strict=True)
        return tuple(max(window, -(-size // multiple) * multiple) for size, window, multiple in each)

    def axis(self, axis: int, size: int) -> list[Window]:
        """Give the windows that cover an axis of a padded size; the weights of a pixel sum to 1."""
        window, step, reach = self.window[axis], self._step(axis), self.reach[axis] if self.reach else 0
        starts = window_starts(size, window, step)
        ramp = _ramp(window, window - step, reach)
        sums, parts = np.zeros(size, np.float32), []
        for start in starts:
            weights = np.ones(window, np.float32)
            weights *= ramp if start > 0 else 1
            weights *= ramp[::-1] if start + window < size else 1
            sums[start : start + window] += weights
            parts.append(weights)
        return [Window(s, w / sums[s : s + window]) for s, w in zip(starts, parts, strict=True)]

    def count(self, shape: tuple[int, ...]) -> int:
        """Count the windows that cover an image of `shape`.

        >>> Windows.of(2, window=8, overlap=4).count((14, 8))
        3
        """
        return int(np.prod([len(self.axis(k, size)) for k, size in enumerate(self.padded(shape))]))

    def _step(self, axis: int) -> int:
        """Give the pixels between two starts: the multiple below what the overlap leaves of a window."""
        return (self.window[axis] - self.overlap[axis]) // self.multiple[axis] * self.multiple[axis]


def crossed(axes: list[list[Window]]) -> Iterator[tuple[Corner, tuple[NDArray[np.float32], ...]]]:
    """Yield each window of several axes: its corner, and its weights along each of them."""
    for row in product(*axes):
        yield tuple(window.start for window in row), tuple(window.weights for window in row)


def _ramp(window: int, overlap: int, reach: int) -> NDArray[np.float32]:
    """Give the weights of a window at whose beginning an overlap lies, the first `reach` pixels of which are wrong."""
    reach = reach if overlap >= 2 * reach else 0
    place, rising = np.arange(window) - reach + 0.5, overlap - 2 * reach
    return ((place > 0) if rising == 0 else np.clip(place / rising, 0, 1)).astype(np.float32)
