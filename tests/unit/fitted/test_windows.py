"""Windows cover an image, and what they count for sums to one at each pixel."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foveal.core.errors import ParameterError
from foveal.fitted.windows import Windows, crossed


@st.composite
def cases(draw):
    multiple = draw(st.sampled_from([1, 2, 4, 8]))
    window = multiple * draw(st.integers(1, 8))
    overlap = draw(st.integers(0, window - multiple))
    return draw(st.integers(1, 200)), window, overlap, multiple, draw(st.none() | st.integers(0, 12))


@settings(deadline=None)
@given(cases())
def test_windows_cover_an_axis_and_their_weights_sum_to_one(case):
    size, window, overlap, multiple, reach = case
    windows = Windows.of(1, window=window, overlap=overlap, multiple=multiple, reach=reach)
    (padded,) = windows.padded((size,))
    assert padded >= max(size, window)
    assert padded % multiple == 0
    found = windows.axis(0, padded)
    starts = [w.start for w in found]
    assert starts[0] == 0
    assert starts[-1] + window == padded
    assert all(start % multiple == 0 and start < size for start in starts)
    assert all(b - a <= window - overlap for a, b in pairwise(starts))
    sums = np.zeros(padded)
    for w in found:
        assert (w.weights >= 0).all()
        sums[w.start : w.start + window] += w.weights
    np.testing.assert_allclose(sums, 1, atol=1e-6)


def test_weights_by_hand():
    first, second, third = Windows.of(1, window=8, overlap=4).axis(0, 16)
    assert first.weights.tolist() == [1, 1, 1, 1, 0.875, 0.625, 0.375, 0.125]
    assert second.weights.tolist() == [0.125, 0.375, 0.625, 0.875, 0.875, 0.625, 0.375, 0.125]
    assert third.weights.tolist() == first.weights.tolist()[::-1]


def test_what_an_edge_has_touched_does_not_count_where_the_overlap_allows_it():
    windows = Windows.of(1, window=8, overlap=4, reach=2)
    assert windows.axis(0, 12)[1].weights.tolist() == [0, 0, 1, 1, 1, 1, 1, 1]
    assert windows.exact
    little = Windows.of(1, window=8, overlap=3, reach=2)
    assert not little.exact
    assert (little.axis(0, 13)[1].weights > 0).all()


def test_starts_that_are_multiples_may_share_more_than_was_asked_for():
    windows = Windows.of(1, window=16, overlap=5, multiple=4, reach=4)
    assert [w.start for w in windows.axis(0, 32)] == [0, 8, 16]
    assert windows.exact  # 8 pixels are shared


def test_a_grid_is_the_product_of_its_axes():
    windows = Windows.of(2, window=(4, 6), overlap=(0, 2))
    grid = list(crossed([windows.axis(0, 8), windows.axis(1, 10)]))
    assert [corner for corner, _ in grid] == [(0, 0), (0, 4), (4, 0), (4, 4)]
    assert windows.count((8, 10)) == 4


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"window": 0, "overlap": 0}, "window and multiple must be at least 1"),
        ({"window": 8, "overlap": -1}, "overlap and reach at least 0, got 8, 1, -1 and 0"),
        ({"window": 10, "overlap": 0, "multiple": 4}, "window must be a multiple of the stride 4, got 10; use 12"),
        ({"window": 8, "overlap": 8}, "overlap must be at most 7 of a window of 8 pixels"),
        ({"window": 8, "overlap": 5, "multiple": 4}, "overlap must be at most 4 .* got 5"),
        ({"window": (8, 8, 8), "overlap": 0}, "window must be one number or one for each of the 2 spatial axes"),
    ],
)
def test_windows_that_cannot_cover_are_refused(sizes, words):
    with pytest.raises(ParameterError, match=words):
        Windows.of(2, **sizes)
