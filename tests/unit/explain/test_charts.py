import numpy as np
import pytest

from foveal.core.errors import ShapeError
from foveal.explain.charts import curves_chart, grid, plane_chart
from foveal.explain.figures import png_bytes


@pytest.mark.parametrize("shape", [(5, 3, 3, 3), (70, 1, 3, 3), (4, 6, 6), (3, 9), (2, 4, 9)])
def test_filters_and_maps_stand_in_a_grid(shape):
    figure = grid(np.random.default_rng(0).normal(size=shape), "layer $1")
    assert len(figure.axes) == min(64, shape[0])
    assert png_bytes(figure, dpi=30)
    told = "the first 64 of 70" in figure._suptitle.get_text()
    assert told == (shape[0] == 70)


def test_what_is_no_grid_is_told():
    with pytest.raises(ShapeError, match=r"a grid is of filters \(K, C, H, W\)"):
        grid(np.zeros(3))


def test_labels_have_colours_and_a_legend_where_they_are_few():
    points = np.random.default_rng(0).normal(size=(60, 2))
    few = plane_chart(points, [str(i % 3) for i in range(60)])
    assert [text.get_text() for text in few.axes[0].get_legend().get_texts()] == ["0", "1", "2"]
    many = plane_chart(points, list(range(60)))
    assert many.axes[0].get_legend() is None
    assert png_bytes(many, dpi=30)
    assert plane_chart(points).axes[0].get_legend() is None


def test_curves_tell_their_mean():
    figure = curves_chart([0, 0.5, 1], {"random": [[1, 1, 0]], "a": [[1.0, 0, 0], [1, 0, 0]]})
    texts = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert texts == ["random: mean 0.750", "a: mean 0.250"]
