"""The arithmetic of the model; its figures are no tests."""

from dataclasses import replace

import pytest
from benchmarks.scale import (
    SIZES,
    WORLDS,
    Figures,
    all_reduce_seconds,
    extrapolation,
    figures,
    parts_of_step,
    simulated,
)

FIGURES = Figures(train=1e-3, mapped=1e-4, tar=1e-3, message=1e-5, byte=1e-9, gradients=10**6, sums=10)


def test_a_ring_by_hand():
    """Of four processes each sends six messages of a quarter of the bytes."""
    assert all_reduce_seconds(4, 1000, 2.0, 0.5) == pytest.approx(6 * (2.0 + 250 * 0.5))


def test_more_processes_move_the_time_from_training_to_messages():
    shares = []
    for world in WORLDS:
        parts = parts_of_step(FIGURES, world)
        shares.append(parts["sums"] / sum(parts.values()))
        assert parts["train"] == pytest.approx(0.064)
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] > 0.5


def test_without_messages_the_speed_is_linear():
    free = replace(FIGURES, message=0.0, byte=0.0)
    rows = [line.split("|") for line in extrapolation(free, 10)[2:]]
    assert [row[3].strip() for row in rows] == ["100%"] * len(WORLDS)
    speeds = [float(row[2].replace(",", "")) for row in rows]
    assert speeds == pytest.approx([speeds[0] * world for world in WORLDS], rel=1e-3)
    assert len(rows[0]) == 2 + 7 + len(SIZES)


def test_all_wait_for_the_slowest():
    steps = [1.0] * 9 + [11.0]
    one, many = (simulated(replace(FIGURES, message=0.0, byte=0.0), world, steps) for world in (1, 64))
    assert 1.5 < one < 2.6  # the mean is 2
    assert many > 10.9
    assert simulated(FIGURES, 4, [1.0], cores=2) == pytest.approx(2.0, abs=0.02)


def test_figures_come_from_one_and_two_processes():
    one = {"used": [0.064] * 3, "weights": 100, "norms": 3}
    two = {"small": 2e-4, "large": 2e-4 + 4 * 2**20 * 1e-9}
    made = figures({1: one, 2: two})
    assert (made.train, made.message, made.byte) == pytest.approx((1e-3, 1e-4, 1e-9))
    assert (made.gradients, made.sums) == (400, 10)
    assert made.mapped > 0
    assert made.tar > made.mapped
