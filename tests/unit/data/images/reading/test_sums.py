import numpy as np
import pytest

from foveal.data.images.reading.sums import added, channels_summed, sums_of


@pytest.mark.parametrize(("dtype", "channels"), [(np.uint8, 1), (np.uint8, 3), (np.uint16, 4)])
def test_sums_are_those_of_pythons_integers(dtype, channels):
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max + 1, (7, 5, channels)).astype(dtype)
    values = [pixels[..., channel].ravel().tolist() for channel in range(channels)]
    assert sums_of(pixels).tolist() == [[sum(each), sum(value**2 for value in each)] for each in values]


def test_the_largest_values_are_summed_without_loss():
    assert sums_of(np.full((600, 500, 1), 65535, np.uint16)).tolist() == [[300_000 * 65535, 300_000 * 65535**2]]
    assert added(np.full((5, 2, 2), 2**64 - 1, np.uint64)) == [(5 * (2**64 - 1),) * 2] * 2
    assert added(np.zeros((0, 1, 2), np.uint64)) == [(0, 0)]


def test_floats_have_no_sums():
    assert sums_of(np.ones((2, 2, 3), np.float32)) is None
    assert channels_summed(3, np.dtype(np.float32)) == 0
