import numpy as np
import pytest

from foveal.data.clips.planes import _BT601, _MATRICES, coloured


def by_hand(y, cb, cr, matrix, *, full):
    """ITU-R BT.601, BT.709 and BT.2020 in floating-point numbers."""
    red, blue = matrix
    luma = y / 255 if full else (y - 16) / 219
    cb, cr = ((c - 128) / (255 if full else 224) for c in (cb, cr))
    r, b = luma + 2 * (1 - red) * cr, luma + 2 * (1 - blue) * cb
    return np.stack([r, (luma - red * r - blue * b) / (1 - red - blue), b], axis=-1)


@pytest.mark.parametrize("matrix", [_BT601, *_MATRICES.values()])
@pytest.mark.parametrize("full", [True, False])
def test_colours_are_those_of_the_standards(matrix, full):
    planes = list(np.random.default_rng(0).integers(0, 256, (3, 40, 40, 1), dtype=np.uint8))
    wanted = np.clip(255 * by_hand(*(plane[..., 0].astype(float) for plane in planes), matrix, full=full), 0, 255)
    assert np.abs(coloured(planes, matrix, full=full) - wanted).max() <= 0.51


def test_black_and_white():
    black, white, none = (np.full((1, 1, 1), value, np.uint8) for value in (16, 235, 128))
    assert coloured([black, none, none], _BT601, full=False).max() == 0
    assert coloured([white, none, none], _BT601, full=False).min() == 255
