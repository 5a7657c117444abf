import numpy as np
import pytest

from foveal.data.middle import middle_of


@pytest.mark.parametrize(("size", "kept"), [(6, range(6)), (4, range(1, 5)), (3, range(1, 4)), (1, [2])])
def test_of_an_odd_rest_the_larger_half_goes_at_the_end(size, kept):
    assert middle_of(np.arange(6)[None], (size,)).tolist() == [list(kept)]


def test_axes_after_the_places_stay_and_nothing_is_copied():
    rows = np.arange(2 * 5 * 6 * 3).reshape(2, 5, 6, 3)
    middle = middle_of(rows, (3, 2))
    np.testing.assert_array_equal(middle, rows[:, 1:4, 2:4])
    assert np.shares_memory(middle, rows)
