"""Integer arithmetic of shapes: what a convolution or a pooling window leaves of an axis. Torch-free."""

from collections.abc import Sequence

from foveal.core.errors import ParameterError

Sizes = int | Sequence[int]


def per_axis(name: str, value: Sizes, ndim: int) -> tuple[int, ...]:
    """Give `value` once for each of `ndim` spatial axes.

    >>> per_axis("filter_size", 3, 2), per_axis("filter_size", (3, 5), 2)
    ((3, 3), (3, 5))
    """
    if not isinstance(value, Sequence):
        return (int(value),) * ndim
    if len(value) != ndim:
        raise ParameterError(
            f"{name} must be one number or one for each of the {ndim} spatial axes, got {tuple(value)}; "
            f"pass {int(value[0])} or {(int(value[0]),) * ndim}"
        )
    return tuple(int(v) for v in value)


def same_padding(filter_size: int, dilation: int = 1) -> tuple[int, int]:
    """Give the zeros before and after an axis under "same" padding: d (k - 1) in all, an even filter's extra one after.

    Whatever the stride s, floor((n + d (k - 1) - d (k - 1) - 1) / s) + 1 = ceil(n / s) outputs are left.

    >>> same_padding(3), same_padding(4), same_padding(3, dilation=2)
    ((1, 1), (1, 2), (2, 2))
    """
    total = dilation * (filter_size - 1)
    return total // 2, total - total // 2


def strided_same_padding(size: int, filter_size: int, stride: int) -> tuple[int, int]:
    """Give the zeros around an axis of `size` places as TensorFlow's "same" has them: no more than ceil(n / s) need.

    That is max((ceil(n / s) - 1) s + k - n, 0) in all, an odd number's extra one after. With a stride it moves the
    windows: of 224 places, 3 wide and 2 apart, the first begins on place 0; by `same_padding` it begins before it.

    >>> strided_same_padding(224, 3, 2), strided_same_padding(225, 3, 2), strided_same_padding(7, 5, 1)
    ((0, 1), (1, 1), (2, 2))
    """
    total = max((-(-size // stride) - 1) * stride + filter_size - size, 0)
    return total // 2, total - total // 2


def conv_size(size: int, filter_size: int, stride: int = 1, dilation: int = 1, padding: str = "same") -> int:
    """Give the outputs of a convolution along one axis; under "valid" padding none may be left.

    >>> conv_size(7, 3, 2), conv_size(7, 3, 2, padding="valid"), conv_size(2, 3, padding="valid")
    (4, 3, 0)
    """
    if padding == "same":
        return -(-size // stride)
    reach = dilation * (filter_size - 1) + 1
    return 0 if size < reach else (size - reach) // stride + 1


def pool_window(size: int, window: int) -> int:
    """Give the length of a pooling window on an axis: one that is longer than the axis is clipped to it.

    >>> pool_window(28, 2), pool_window(1, 2)
    (2, 1)
    """
    return min(window, size)


def pool_size(size: int, window: int, stride: int) -> int:
    """Give the outputs of a pooling window along one axis, rounded down.

    >>> pool_size(7, 2, 2), pool_size(1, 2, 2)
    (3, 1)
    """
    return (size - pool_window(size, window)) // stride + 1


def window_starts(size: int, window: int, step: int) -> list[int]:
    """Give where windows begin that cover an axis: `step` apart, the last one at the end, the first wherever it fits.

    A window that is longer than the axis begins at 0 and reaches beyond the end.

    >>> window_starts(10, 4, 3), window_starts(11, 4, 3), window_starts(3, 4, 3)
    ([0, 3, 6], [0, 3, 6, 7], [0])
    """
    last = max(0, size - window)
    return [*range(0, last, step), last]
