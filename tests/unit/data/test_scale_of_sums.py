"""The scale of pictures, from sums of whole numbers, against that from their pixels."""

import numpy as np
import pytest

from foveal.data.images.reading.sums import added, sums_of
from foveal.data.scale import learn_scale, scale_of_sums


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_the_scale_of_sums_is_that_of_the_pixels(dtype, precision):
    X = np.random.default_rng(0).normal(np.iinfo(dtype).max / 3, 20, (50, 9, 7, 3)).astype(dtype)
    X[..., 1] = 100  # does not vary
    rows = np.random.default_rng(1).permutation(50)[:31]
    sums = np.stack([sums_of(X[row]) for row in rows])
    found = scale_of_sums(added(sums), 31 * 9 * 7, X.dtype, precision)
    wanted = learn_scale(X, rows, precision)
    np.testing.assert_allclose(found.mean, wanted.mean, rtol=1e-12)
    np.testing.assert_allclose(found.deviation, wanted.deviation, rtol=1e-12)
    assert (found.scale, found.deviation[1], wanted.deviation[1]) == (wanted.scale, 1.0, 1.0)


def test_the_scale_of_sums_is_rounded_once():
    mean, deviation, _ = scale_of_sums([(3 * 2**60 + 1, 4 * 2**120)], 2**61, np.dtype(np.uint16), np.float64)
    assert mean == [(3 * 2**60 + 1) / 2**61]
    assert deviation == [pytest.approx((2**61 - 2.25) ** 0.5, rel=1e-15)]
    with pytest.warns(UserWarning, match=r"float32 can hardly tell the values of X apart: they are 1e\+04 on average"):
        scale_of_sums([(10_000 * 10**12 + 1, 10_000**2 * 10**12 + 20_001)], 10**12, np.dtype(np.uint16), np.float32)
