import numpy as np
import pytest

from foveal.search.power_law import PowerLaw, fit_power_law

ROWS = np.array([40, 80, 160, 320, 640])


@pytest.mark.parametrize(("a", "b", "c"), [(0.95, 3.0, 0.6), (0.8, 0.5, 0.1), (1.0, 20.0, 1.0)])
def test_a_law_is_found_again(a, b, c):
    scores = PowerLaw(a, b, c)(ROWS)
    law = fit_power_law(ROWS, scores)
    assert np.abs(law(ROWS) - scores).max() < 1e-3
    assert law(1280) == pytest.approx(PowerLaw(a, b, c)(1280), abs=3e-3)


def test_it_is_a_least_squares_fit():
    """No law of SciPy's optimiser from many beginnings is nearer than a thousandth of the error."""
    from scipy.optimize import least_squares

    scores = np.array([0.6, 0.75, 0.8, 0.88, 0.89])
    law = fit_power_law(ROWS, scores)
    bounds = ([-np.inf, 0, 0.02], [np.inf, np.inf, 3.0])
    starts = [(0.9, 1.0, c) for c in (0.1, 0.3, 0.6, 1.0, 2.0)]
    best = min(
        2 * least_squares(lambda p: p[0] - p[1] * ROWS ** -p[2] - scores, start, bounds=bounds).cost for start in starts
    )
    assert ((law(ROWS) - scores) ** 2).sum() < best * 1.01


def test_scores_end_where_they_end_and_never_fall():
    rising = fit_power_law(ROWS, np.array([0.5, 0.6, 0.7, 0.8, 0.9]), highest=1.0)
    assert rising.a == 1.0
    assert 0.9 < rising(10**9) <= 1.0
    falling = fit_power_law(ROWS, np.array([0.9, 0.8, 0.7, 0.6, 0.5]))
    assert (falling.b, falling.a) == (0.0, pytest.approx(0.7))
