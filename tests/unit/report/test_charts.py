import re

import pytest

from foveal.report.charts import Scale, curve, lines, scale_of, scatter


def test_what_is_no_number_leaves_a_gap():
    chart = lines("loss", [1, 2, 3], {"train": [0.5, None, float("nan")]}, across="epoch")
    assert chart.count("<circle") == 1


def test_points_lie_where_the_axis_says():
    chart = lines("line", [0, 1], {"a": [0.0, 1.0]}, across="x", diagonal=True)
    (x0, y0), (x1, y1) = [tuple(map(float, pair)) for pair in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', chart)]
    assert x0 < x1
    assert y0 > y1  # up is larger
    ticks = dict(re.findall(r'y="([\d.]+)" text-anchor="end">([\d.]+)<', chart))
    assert float(next(y for y, tick in ticks.items() if tick == "1")) == pytest.approx(y1 + 4)


def test_bands_and_names():
    chart = lines("a < b", [0, 1], {"a": [1, 2], "b": [2, 3]}, across="x", bands={"a": [[0, 2], [1, 3]]})
    assert chart.count('class="band s0"') == 1
    assert "a &lt; b</title>" in chart
    assert chart.count("<li ") == 2


def test_one_value_alone():
    assert scale_of([2.0]) == Scale(1.0, 3.0)
    assert "NaN" not in lines("one", [1], {"a": [2.0]}, across="x").replace("none", "")
    assert scale_of([None, "x"]).high > 1


@pytest.mark.parametrize("scale", [Scale(0, 1), Scale(-3e-5, 8e-5), Scale(120, 980), Scale(0.5, 0.5)])
def test_ticks_are_few_and_within(scale):
    assert len(scale.ticks) <= 4
    assert all(scale.low - 1e-9 <= tick <= scale.high + 1e-9 for tick in scale.ticks)


def test_scatter_has_the_line_of_the_truth():
    drawn = scatter("values", [[1, 2], [3, 4]], across="truth", up="prediction")
    assert drawn.count("<circle") == 2
    assert drawn.count('class="diagonal"') == 1


def test_a_signal_with_and_without_its_map():
    assert curve("row", [[0.0, 1.0, 0.0]], None).count("<path") == 1
    assert curve("row", [[0.0, 1.0], [1.0, 0.0]], [0.0, 0.0]).count("<path") == 3
