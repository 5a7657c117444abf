import sys

import numpy as np
import pytest

from foveal.core.errors import ResourceError, ShapeError
from foveal.explain.figures import drawn_row, new_figure, overlay, png_bytes, slices, strip, to_look_at, under_signal


@pytest.mark.parametrize("channels", [(), (1,), (2,), (3,), (7,)])
@pytest.mark.parametrize("size", [(9,), (5, 6), (4, 5, 6)])
def test_rows_of_any_axes_and_channels_are_drawn(size, channels):
    rng = np.random.default_rng(0)
    png = png_bytes(drawn_row(rng.normal(size=(*size, *channels)), rng.normal(size=size), "$a^ is 漢 <b>"), dpi=30)
    assert png.startswith(b"\x89PNG")


def test_the_same_map_gives_the_same_bytes():
    one, other = (png_bytes(overlay(np.zeros((4, 4), np.uint8), np.eye(4), "a")) for _ in range(2))
    assert one == other


def test_a_map_of_nothing_is_drawn():
    for draw, size in ((under_signal, (5,)), (overlay, (5, 5)), (slices, (3, 4, 5)), (strip, (3, 4, 5))):
        assert png_bytes(draw(np.zeros(size), np.zeros(size)), dpi=30)


def test_signed_maps_have_the_same_colours_on_both_sides_of_0():
    drawn = overlay(np.zeros((2, 2)), np.array([[-1.0, 0.5], [0, 0]])).axes[1].images[-1]
    assert drawn.get_clim()[0] == -drawn.get_clim()[1]
    assert overlay(np.zeros((2, 2)), np.array([[1.0, 0.5], [0, 0]])).axes[1].images[-1].get_clim()[0] == 0
    assert overlay(np.zeros((2, 2)), np.ones((2, 2)), signed=True).axes[1].images[-1].get_clim()[0] < 0


def test_slices_go_through_the_largest_place():
    map = np.zeros((4, 5, 6))
    map[1, 2, 3] = -7
    titles = [axes.get_title() for axes in slices(np.zeros((4, 5, 6)), map).axes[:3]]
    assert titles == ["first axis at 1", "second axis at 2", "third axis at 3"]


def test_clips_are_drawn_as_frames():
    assert len(drawn_row(np.zeros((20, 4, 4, 3), np.uint8), np.ones((20, 4, 4)), frames=True).axes) == 17


def test_colours_are_taken_as_they_are_and_other_values_between_percentiles():
    assert to_look_at(np.array([[[1, 2, 3]]], np.uint8)).tolist() == [[[1, 2, 3]]]
    found = to_look_at(np.linspace(-5, 5, 101)[None])
    assert (found.min(), found.max()) == (0, 255)
    assert to_look_at(np.array([[np.nan, 1.0]])).dtype == np.uint8


def test_a_map_of_another_size_is_told():
    with pytest.raises(ShapeError, match=r"must lie over a row of the same, got \(3, 3\) over \(4, 4\)"):
        overlay(np.zeros((4, 4)), np.zeros((3, 3)))


def test_without_matplotlib_the_way_to_install_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ResourceError, match=r'figures need matplotlib: pip install "foveal\[explain\]"'):
        new_figure(1, 1)


def test_no_figure_is_left_in_a_list_of_windows():
    overlay(np.zeros((4, 4)), np.eye(4))
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()
