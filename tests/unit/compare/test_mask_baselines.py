import numpy as np
import pytest

from foveal.compare.mask_baselines import MOST_FREQUENT, ON_COLOURS, Masked, compare_masks, most_frequent, on_colours
from foveal.tasks.kind import Problem
from foveal.tasks.segmentation import SEGMENTATION

CLASSES = np.array([0, 3, 7], np.uint8)
PROBLEM = Problem(SEGMENTATION, 3, CLASSES, True, one_axis=False)


def made(n, seed=0, ignored=None):
    rng = np.random.default_rng(seed)
    masks = CLASSES[rng.choice(3, (n, 9, 8), p=[0.6, 0.3, 0.1])]
    pictures = masks[..., None] * 10.0 + rng.normal(0, 1, (n, 9, 8, 1))
    if ignored is not None:
        masks = masks.copy()
        masks[:, 0] = ignored
    return Masked(list(pictures), list(masks), ignored)


@pytest.mark.parametrize("ignored", [None, 255])
def test_scores_are_those_by_hand(ignored):
    learnt, measured = made(6, ignored=ignored), made(4, 1, ignored)
    predicted = [np.where(np.random.default_rng(i).random(m.shape) < 0.3, 0, m) for i, m in enumerate(measured.masks)]
    predicted = [np.where(p == 255, 3, p) for p in predicted]
    found = compare_masks(PROBLEM, learnt, measured, predicted, None)
    truth, said = np.stack(measured.masks), np.stack(predicted)
    counts = truth != 255
    ious = [((truth == k) & (said == k)).sum() / (((truth == k) | (said == k)) & counts).sum() for k in CLASSES]
    assert found.network.ious == pytest.approx(ious)
    assert found.network.iou == pytest.approx(np.mean(ious))
    assert found.network.pixel_accuracy == pytest.approx((truth == said)[counts].mean())
    assert found.pixels == [int((truth == k).sum()) for k in CLASSES]
    low, high = found.network.interval
    assert low <= found.network.iou <= high
    common = found.baselines[MOST_FREQUENT]
    assert common.ious == pytest.approx([(truth == 0).sum() / counts.sum(), 0, 0])
    assert found.baselines[ON_COLOURS].iou > 0.95
    assert found.as_dict()["baselines"][ON_COLOURS]["seconds"] > 0


def test_a_class_that_the_model_does_not_know():
    measured = Masked([np.zeros((2, 2, 1))], [np.array([[0, 3], [7, 9]])], None)
    found = compare_masks(PROBLEM, None, measured, [np.array([[0, 3], [7, 7]])], ("a", "b", "c", "d"))
    assert found.classes == ["a", "d", "7", "9"]
    assert found.network.ious == [1, 1, 0.5, 0]
    assert list(found.baselines) == [MOST_FREQUENT]
    assert np.isnan(found.network.interval[0])


def test_the_most_frequent_class_and_one_class_alone():
    assert most_frequent(CLASSES, made(3)) == 0
    one = Masked([np.zeros((2, 2, 1))], [np.zeros((2, 2), np.uint8)], None)
    assert on_colours(CLASSES, one) is None
    assert list(compare_masks(PROBLEM, one, one, one.masks).baselines) == [MOST_FREQUENT]
