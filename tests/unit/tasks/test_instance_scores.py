"""Objects matched one to one, and what is counted of it: by hand."""

import math
from itertools import permutations

import numpy as np
import pytest

from foveal.core.errors import ParameterError, ShapeError
from foveal.tasks.instance_scores import InstanceScores, matched_instances, score_instances

#: Three objects of 4, 4 and 2 pixels; predicted are the first less one pixel, a half of the second, and one elsewhere.
TRUTH = np.array([[1, 1, 0, 2, 2, 0], [1, 1, 0, 2, 2, 0], [0, 0, 0, 0, 0, 0], [3, 3, 0, 0, 0, 0]])
FOUND = np.array([[8, 8, 0, 4, 0, 0], [8, 0, 0, 4, 0, 0], [0, 0, 0, 0, 0, 6], [0, 0, 0, 0, 0, 6]])


def test_values_by_hand():
    matches = matched_instances(FOUND, TRUTH)
    assert matches.predicted.tolist() == [4, 8]
    assert matches.truth.tolist() == [2, 1]
    assert matches.iou.tolist() == [0.5, 0.75]
    scores = score_instances(FOUND, TRUTH)
    assert scores == InstanceScores(2, 3, 3, 1.25, 0)
    assert scores.precision == scores.recall == scores.f1 == pytest.approx(2 / 3)
    assert scores.mean_iou == 0.625
    assert score_instances(FOUND, TRUTH, 0.51).matched == 1
    assert score_instances(FOUND, TRUTH, 0.76).matched == 0


def test_scores_of_images_add_up():
    both = score_instances(FOUND, TRUTH) + score_instances(np.zeros((4, 6), int), TRUTH)
    assert both == InstanceScores(2, 3, 6, 1.25, 3, 2)
    assert both.recall == pytest.approx(1 / 3)
    assert both.f1 == pytest.approx(4 / 9)
    assert both.count_error == 1.5


def test_without_objects_a_score_is_nan():
    nothing = np.zeros((2, 2), int)
    none = score_instances(nothing, nothing)
    assert all(map(math.isnan, (none.precision, none.recall, none.f1, none.mean_iou)))
    missed, invented = score_instances(nothing, TRUTH[:2, :2]), score_instances(TRUTH[:2, :2], nothing)
    assert math.isnan(missed.precision)
    assert missed.recall == missed.f1 == invented.precision == invented.f1 == 0


def test_one_object_counts_once_where_two_overlap_it_as_much():
    assert score_instances(np.array([1, 1, 2, 2]), np.array([7, 7, 7, 7])).matched == 1


def test_as_many_pairs_as_there_can_be_then_the_best_of_them():
    """IoU: 1 with a 2/4, with b 2/5; 2 with a 1/4; the best pair alone would leave 2 without one."""
    found = np.array([1, 1, 1, 1, 2, 0, 0])
    truth = np.array([5, 5, 6, 6, 5, 6, 0])
    matches = matched_instances(found, truth, 0.2)
    assert sorted(zip(matches.predicted.tolist(), matches.truth.tolist(), strict=True)) == [(1, 6), (2, 5)]
    assert sorted(matches.iou) == pytest.approx([1 / 3, 2 / 5])


def test_against_all_ways_to_match():
    rng = np.random.default_rng(0)
    for _ in range(20):
        found, truth = rng.integers(0, 5, (2, 30))
        pairs = {
            (a, b): ((found == a) & (truth == b)).sum() / ((found == a) | (truth == b)).sum()
            for a in range(1, 5)
            for b in range(1, 5)
        }
        ways = []
        for order in permutations(range(1, 5)):
            iou = [pairs[a, b] for a, b in enumerate(order, 1) if pairs[a, b] >= 0.15]
            ways.append((len(iou), sum(iou)))
        matches = matched_instances(found, truth, 0.15)
        assert (len(matches.iou), matches.iou.sum()) == pytest.approx(max(ways))


def test_volumes_and_wrong_masks():
    cube = np.zeros((4, 4, 4), np.uint16)
    cube[:2], cube[2:] = 1, 300
    assert score_instances(cube, cube).f1 == 1
    with pytest.raises(ShapeError, match="same shape"):
        score_instances(cube, cube[0])
    with pytest.raises(ParameterError, match="threshold must be more than 0 and at most 1, got 50"):
        score_instances(cube, cube, 50)
