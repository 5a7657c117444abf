from xml.etree import ElementTree

import numpy as np

from foveal.calibration.figure import reliability_svg
from foveal.calibration.measures import Reliability, reliability


def drawn(curves):
    root = ElementTree.fromstring(reliability_svg(curves))
    name = "{http://www.w3.org/2000/svg}"
    return [[element for element in root.iter() if element.tag == name + tag] for tag in ("circle", "polyline", "text")]


def test_a_point_for_each_bin_and_a_line_for_each_curve():
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.5, 1, 900)
    curves = {"before": reliability(sure, rng.random(900) < sure), "after": reliability(sure, rng.random(900) < 0.7)}
    circles, lines, texts = drawn(curves)
    assert len(circles) == 2 * 15
    assert len(lines) == 3  # the diagonal too
    told = [element.text for element in texts]
    assert f"after, error {curves['after'].error:.3f}" in told


def test_points_lie_where_the_numbers_say():
    circles, _, _ = drawn({"one": Reliability((0.5, 1.0), (0.5, 0.75), (1, 1))})
    assert [(float(c.get("cx")), float(c.get("cy"))) for c in circles] == [(48, 368), (368, 208)]


def test_names_are_no_markup_and_all_at_one_is_a_point():
    svg = reliability_svg({"<script>": Reliability((1.0,), (1.0,), (9,))})
    assert "<script>" not in svg
    assert ElementTree.fromstring(svg).tag.endswith("svg")
