r"""An image of any size answered in overlapping windows that are blended: in bounded memory, strip by strip.

In memory are a strip of sums, a window high, wide as the image and K channels deep, in float32; a batch of windows; and
what the network takes. The image and the answer may lie in files, `numpy.memmap`. A strip of 512 rows of 8,000 pixels
and 5 classes is 82 MB.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from foveal.core.errors import DataError, ShapeError
from foveal.data.store import to_tensor
from foveal.fitted.windows import Corner, Windows, crossed

Array = NDArray[Any]
#: (B, C, *window) -> (B, K, *window), on the CPU or elsewhere.
Answer = Callable[[Tensor], Tensor]
#: (1, K, *S) -> (1, *S) or (1, *S, more): what is kept of blended outputs, such as a task's `decode`.
Finish = Callable[[Tensor], Array]

#: Values that are finished at once: what `finish` takes beside them stays small.
_FINISHED = 2**22


class Difference(NamedTuple):
    """What two overlaps make of the same pixels: differences of outputs, and the share whose largest output differs."""

    largest: float
    mean: float
    labels: float


def in_windows(
    image: Any,
    answer: Answer,
    windows: Windows,
    *,
    batch: int = 1,
    finish: Finish | None = None,
    out: Any = None,
    progress: Callable[[int, int], None] | None = None,
) -> Any:
    r"""Answer an image in windows, and give what `finish` makes of the blended outputs: labels, unless told otherwise.

    Shape: image (\*S, C), whatever has a shape and slices, is read window by window, as uint8 or else as float32;
    `answer` maps (B, C, \*window) to (B, K, \*window), for up to `batch` windows. The outputs are blended as they are:
    let `answer` give probabilities if these are to be averaged. `finish` gets (1, K, rows, ...) of some rows of the
    first axis and gives (1, rows, ...), from which `out` is filled, (\*S) or (\*S, more): the caller's, or a new array.
    `progress` is called with the number of windows that are done, and of all.

    Raises `ShapeError` for an image, outputs or an `out` of other axes, and `DataError` for outputs that are not
    finite.

    >>> windows = Windows.of(1, window=4, overlap=2)
    >>> in_windows(np.arange(10.0)[:, None], lambda x: torch.cat((4 - x, x - 4), 1), windows).tolist()
    [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]
    """
    shape = _spatial(image, windows)
    finish, size = finish or labels, windows.padded(shape)
    first, *others = (windows.axis(axis, n) for axis, n in enumerate(size))
    row, total, done = list(crossed(others)), windows.count(shape), 0
    band: Any = None  # (K, window, *S), of which what has been finished is moved out
    for place, window in enumerate(first):
        for some in (row[start : start + batch] for start in range(0, len(row), batch)):
            corners = [(window.start, *corner) for corner, _ in some]
            outputs = _answered(image, answer, windows, corners)
            if band is None:
                band = torch.zeros(outputs.shape[1], windows.window[0], *size[1:])
            for output, (corner, weights) in zip(outputs, some, strict=True):
                _add(band, output, corner, (window.weights, *weights))
            done += len(some)
            if progress is not None:
                progress(done, total)
        ready = (first[place + 1].start if place + 1 < len(first) else size[0]) - window.start
        out = _write(out, band, finish, (window.start, ready), shape)
        _advance(band, ready)
    return out


def labels(outputs: Tensor) -> Array:
    r"""Give the number of the largest of K outputs, (B, K, \*S) -> (B, \*S), in the smallest dtype that holds it.

    >>> labels(torch.tensor([[[0.0, 3.0], [1.0, 2.0]]]))
    array([[1, 0]], dtype=uint8)
    """
    numbers = outputs.max(1).indices  # argmax took five times as long
    return np.asarray(numbers.numpy().astype(np.min_scalar_type(max(1, outputs.shape[1] - 1))))


def channels_last(outputs: Tensor) -> Array:
    r"""Give outputs as they are, channels last: (B, K, \*S) -> (B, \*S, K).

    >>> channels_last(torch.zeros(1, 2, 3)).shape
    (1, 3, 2)
    """
    return np.asarray(outputs.movedim(1, -1).numpy())


def difference(
    image: Any, answer: Answer, windows: Windows, others: Windows, *, batch: int = 1, of: Sequence[int] | None = None
) -> Difference:
    """Measure what blending costs: outputs with `windows` against those with `others`, of more overlap, on a sample.

    The sample is the middle of the image: `of` pixels along each axis, as many as three windows unless told otherwise.

    >>> few, more = (Windows.of(1, window=16, overlap=n) for n in (2, 8))
    >>> difference(np.ones((64, 1)), torch.nn.Conv1d(1, 2, 1), few, more).largest < 1e-6
    True
    """
    wanted = tuple(of) if of is not None else tuple(3 * n for n in windows.window)
    sizes = [min(n, most) for n, most in zip(_spatial(image, windows), wanted, strict=True)]
    starts = [(n - size) // 2 for n, size in zip(image.shape, sizes, strict=False)]
    sample = np.asarray(image[tuple(slice(a, a + n) for a, n in zip(starts, sizes, strict=True))])
    one, two = (in_windows(sample, answer, w, batch=batch, finish=channels_last) for w in (windows, others))
    apart = np.abs(one - two)
    return Difference(float(apart.max()), float(apart.mean()), float((one.argmax(-1) != two.argmax(-1)).mean()))


def _spatial(image: Any, windows: Windows) -> tuple[int, ...]:
    shape = tuple(map(int, image.shape))
    if len(shape) != windows.ndim + 1 or min(shape) < 1:
        raise ShapeError(
            f"image must have {windows.ndim} spatial axes and its channels last, none of them empty, got {shape}; "
            "for grey images pass image[..., None]"
        )
    return shape[:-1]


def _answered(image: Any, answer: Answer, windows: Windows, corners: Sequence[Corner]) -> Tensor:
    blocks = np.stack([_cut(image, corner, windows.window) for corner in corners])
    x = to_tensor(blocks, np.uint8 if blocks.dtype == np.uint8 else np.float32).movedim(-1, 1)
    with torch.no_grad():
        outputs = answer(x).detach().float().cpu()
    if outputs.ndim != x.ndim or (len(outputs), *outputs.shape[2:]) != (len(x), *x.shape[2:]):
        wanted = ", ".join(map(str, (len(x), "K", *x.shape[2:])))
        raise ShapeError(
            f"a network that answers pixels must give outputs of shape ({wanted}) for {tuple(x.shape)}, got "
            f"{tuple(outputs.shape)}; give one output a class at each pixel of its input"
        )
    # The sum tells in a tenth of the time, but that of large numbers may be infinite.
    if not outputs.sum().isfinite() and not outputs.isfinite().all():
        wrong = corners[int((~outputs.isfinite()).flatten(1).any(1).int().argmax())]
        raise DataError(
            f"the window at {wrong} of the image gives outputs that are not finite: its values are too far from those "
            "of fit; rescale the image"
        )
    return outputs


def _cut(image: Any, corner: Corner, window: Sequence[int]) -> Array:
    """Read a window; what lies beyond the image is as its edge."""
    place = tuple(slice(start, start + n) for start, n in zip(corner, window, strict=True))
    block = np.asarray(image[place])
    missing = [(0, n - there) for n, there in zip(window, block.shape, strict=False)]
    return np.pad(block, [*missing, (0, 0)], "edge") if any(after for _, after in missing) else block


def _add(band: Tensor, output: Tensor, corner: Corner, weights: Sequence[NDArray[np.float32]]) -> None:
    """Add a window's outputs to the sums, each pixel by what it counts for."""
    for axis, along in enumerate(weights):
        output = output * torch.from_numpy(along).view(-1, *[1] * (len(weights) - axis - 1))
    place = tuple(slice(start, start + n) for start, n in zip(corner, output.shape[2:], strict=True))
    band[(slice(None), slice(None), *place)] += output


def _write(out: Any, band: Tensor, finish: Finish, rows: tuple[int, int], shape: tuple[int, ...]) -> Any:
    """Finish the first `rows[1]` rows of the band, which begins at row `rows[0]` of the image, and keep them in out."""
    begin, count = rows[0], min(rows[1], shape[0] - rows[0])
    inside = (slice(None), slice(None), *(slice(n) for n in shape[1:]))
    step = max(1, _FINISHED // max(1, band[:, 0].numel()))
    for start, stop in pairwise([*range(0, count, step), count]):
        found = finish(band[:, start:stop][inside][None])[0]
        if out is None:
            out = np.empty((shape[0], *found.shape[1:]), found.dtype)
        if tuple(out.shape) != (shape[0], *found.shape[1:]):
            raise ShapeError(
                f"out must have the shape of the answer, {(shape[0], *found.shape[1:])}, got {tuple(out.shape)}; make "
                "it so, or leave it out"
            )
        out[begin + start : begin + stop] = found
    return out


def _advance(band: Tensor, rows: int) -> None:
    """Move what is not finished to the beginning of the band, and empty the rest."""
    kept = band[:, rows:].clone()  # the two places may overlap
    band[:, : kept.shape[1]] = kept
    band[:, kept.shape[1] :] = 0
