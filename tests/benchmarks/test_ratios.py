import pytest
from benchmarks.ratios import (
    TARGETS,
    Ratio,
    Target,
    best_tuned,
    by_round,
    compare,
    peak_share,
    quiet,
    ratio,
    verdict,
)
from benchmarks.workloads import workloads


def row(number: int, peer: str, workload: str = "C2", **figures: float) -> dict:
    return {"round": number, "peer": peer, "workload": workload, **figures}


def test_less_time_and_more_images_are_both_better():
    assert ratio({0: 2.0}, {0: 6.0}, "cold").middle == pytest.approx(3)
    assert ratio({0: 6.0}, {0: 2.0}, "steady").middle == pytest.approx(3)


def test_only_rounds_that_have_both_count():
    value = ratio({0: 1.0, 1: 1.0, 2: 1.0}, {1: 2.0, 2: 4.0, 3: 9.0}, "cold")
    assert (value.middle, value.low, value.high, value.n) == (3.0, 2.0, 4.0, 2)
    assert ratio({0: 1.0}, {1: 1.0}, "cold") is None


def test_the_median_is_of_the_ratios_not_the_ratio_of_the_medians():
    ours, theirs = {0: 1.0, 1: 10.0, 2: 2.0}, {0: 10.0, 1: 10.0, 2: 10.0}
    assert ratio(ours, theirs, "cold").middle == 5.0
    assert ratio({0: 1.0, 1: 100.0, 2: 5.0}, {0: 1.0, 1: 1.0, 2: 50.0}, "cold").middle == 1.0


def test_a_failed_run_has_no_figure():
    rows = [row(0, "a", cold=1.0), row(1, "a", error="killed", cold=None)]
    assert by_round(rows, "C2", "a", "cold") == {0: 1.0}


def test_the_best_tuned_peer_is_the_fastest_setting_of_each_row():
    rows = [row(i, name, steady=v, cold=v) for i in range(3) for name, v in (("tuned, 1", 10), ("tuned, 2", 20 + i))]
    rows += [row(0, "skorch", steady=99.0)]
    assert best_tuned(rows, "C2", "steady") == "tuned, 2"
    assert best_tuned(rows, "C2", "cold") == "tuned, 1"
    assert best_tuned(rows, "C3", "steady") is None


def test_a_target_without_figures_has_no_ratio():
    target = Target("C2", "cold", "skorch", 1.5)
    assert compare([], target) == ("skorch", None)
    assert compare([row(0, "foveal", cold=1.0), row(0, "skorch", cold=3.0)], target)[1].middle == 3.0


def test_every_target_names_a_workload():
    assert {t.workload for t in TARGETS} <= set(workloads())


def test_the_share_is_of_the_highest_peak_of_the_run():
    rows = [row(0, "matrix product", "peak", steady=100.0), row(1, "matrix product", "peak", steady=50.0)]
    rows += [row(0, "foveal", steady=1000.0), row(1, "foveal", steady=2000.0)]
    share = peak_share(rows, "C2", "foveal", 25e6)
    assert (share.low, share.high) == (pytest.approx(0.25), pytest.approx(0.5))
    assert peak_share(rows[2:], "C2", "foveal", 25e6) is None


def test_a_verdict_goes_by_the_median_and_names_dissent():
    said = [verdict(Ratio(m, low, high, 5), 1.0) for m, low, high in ((2, 1, 3), (2, 0.5, 3), (0.5, 0.1, 1.5))]
    assert said == ["reached", "reached, not in every round", "**missed**, not in every round"]
    assert verdict(Ratio(0.5, 0.1, 0.9, 5), 1.0) == "**missed**"
    assert verdict(None, 1.0) == "no figure"


def test_what_was_not_measured_is_not_quiet():
    assert quiet([{"others": None}, {}, {"others": 0.11}]) == []
