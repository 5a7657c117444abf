"""What a place sees along an axis, against a count by hand of which inputs it reads."""

import pytest

from foveal.models.reach import Axis, in_register, laid_out, moved, together, transposed, windowed


def read(seen, n):
    """Give the inputs that each of n places reads, by a function of the places that it reads in turn."""
    return [(min(seen(i)), max(seen(i))) for i in range(n)]


@pytest.mark.parametrize(
    ("window", "stride", "gap", "before"), [(3, 1, 1, 1), (2, 2, 1, 0), (3, 2, 2, 2), (1, 3, 1, 0)]
)
def test_windows(window, stride, gap, before):
    axis = windowed(Axis(), window, stride, gap, before)
    taps = [t * gap - before for t in range(window)]
    assert [axis.at(i) for i in range(6)] == read(lambda i: [i * stride + t for t in taps], 6)
    assert axis.field == (window - 1) * gap + 1


def test_up_convolutions_and_a_window_behind_them():
    coarse = windowed(Axis(), 2, 2, 1, 0)  # place j sees 2 j and 2 j + 1
    fine = transposed(coarse, 2, 2, 1, 0)
    assert [fine.at(i) for i in range(4)] == [(0, 1), (0, 1), (2, 3), (2, 3)]
    after = windowed(fine, 3, 1, 1, 1)  # reads i - 1 to i + 1
    assert [after.at(i) for i in range(4)] == [(-2, 1), (0, 3), (0, 3), (2, 5)]
    assert after.field == 4
    assert transposed(Axis(), 2, 2, 1, 0) is None  # half an input from place to place
    assert transposed(coarse, 1, 2, 1, 0) is None  # every other place would see nothing


def test_what_is_laid_out_sees_its_two_neighbours():
    coarse = windowed(Axis(), 3, 3, 1, 0)  # place j sees 3 j to 3 j + 2
    fine = laid_out(coarse, Axis())
    assert [fine.at(i) for i in range(4)] == [(-3, 2), (0, 2), (0, 5), (0, 5)]
    assert laid_out(Axis(), coarse) is None


def test_maps_are_put_together_where_their_places_agree():
    coarse = transposed(windowed(Axis(), 2, 2, 1, 0), 2, 2, 1, 0)
    both = together([Axis(), coarse])
    assert [both.at(i) for i in range(3)] == [(0, 1), (0, 1), (2, 3)]
    assert together([Axis(), windowed(Axis(), 1, 2, 1, 0)]) is None


def test_a_map_that_was_cut_is_moved_by_what_was_cut():
    inner = windowed(windowed(Axis(), 3, 1, 1, 0), 3, 1, 1, 0)  # place 0 sees 0 to 4, its middle is 2
    assert in_register(Axis(), inner) == moved(Axis(), 2)
    assert in_register(Axis(), windowed(Axis(), 2, 1, 1, 0)) is None  # half a place
