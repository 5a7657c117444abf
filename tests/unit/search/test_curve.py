import numpy as np
import pytest

from foveal.compare.intervals import of_folds
from foveal.search.curve import LearningCurve, extrapolated
from foveal.search.power_law import PowerLaw

SIZES = np.array([50, 100, 200, 400, 800])
LAW = PowerLaw(0.95, 2.0, 0.5)


def noisy(rng, repeats=10, deviation=0.004):
    return LAW(SIZES)[:, None] + rng.normal(0, deviation, (5, repeats))


def test_without_noise_the_gain_is_the_laws():
    law, gain, (low, high) = extrapolated(SIZES, np.repeat(LAW(SIZES)[:, None], 3, axis=1), 0.25, 1.0)
    assert gain == pytest.approx(LAW(1600) - LAW(800), abs=5e-4)
    assert low == pytest.approx(gain)
    assert high == pytest.approx(gain)
    assert law.a == pytest.approx(0.95, abs=0.01)


def test_the_interval_holds_the_true_gain_nearly_always():
    """Repetitions that share no rows: the interval, which is made for those that do, is rather too wide."""
    true, held = LAW(1600) - LAW(800), 0
    for seed in range(20):
        _, _, (low, high) = extrapolated(SIZES, noisy(np.random.default_rng(seed)), 0.25, 1.0)
        held += low <= true <= high
    assert held >= 18


def test_more_noise_makes_it_wider():
    def width(deviation):
        _, _, (low, high) = extrapolated(SIZES, noisy(np.random.default_rng(0), 10, deviation), 0.25, 1.0)
        return high - low

    assert width(0.001) < width(0.01)


def test_what_is_told_and_drawn():
    scores = noisy(np.random.default_rng(0), 4)
    law, gain, interval = extrapolated(SIZES, scores, 0.25, 1.0)
    curve = LearningCurve("accuracy", tuple(SIZES.tolist()), scores, 200, 0.25, 1.0, law, gain, interval)
    assert curve.interval(0) == of_folds(scores[0].tolist(), 0.25)
    told = curve.as_dict()
    assert [point["rows"] for point in told["points"]] == SIZES.tolist()
    assert told["twice"]["rows"] == 1600
    assert str(curve).startswith(f"accuracy {scores[-1].mean():.4f} with 800 rows; with 1,600 it would be {gain:+.4f}")
    (axes,) = curve.plot().axes
    assert [text.get_text() for text in axes.get_xticklabels()] == ["50", "100", "200", "400", "800", "1,600"]
    assert axes.get_ylabel() == "accuracy"
