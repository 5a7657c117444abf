"""Scores of masks: values by hand, scikit-learn's, and classes that are not there."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, f1_score, jaccard_score

from foveal.core.errors import DataError, ShapeError
from foveal.train import mask_scores
from foveal.train.mask_scores import (
    confusion,
    dice,
    iou,
    mean_iou,
    mean_score,
    pixel_accuracy,
)

TRUTH = np.array([[0, 0, 1], [0, 2, 1]])
PREDICTED = np.array([[0, 1, 1], [0, 1, 1]])


def test_values_by_hand():
    counts = confusion(PREDICTED, TRUTH, 4)
    assert counts.tolist() == [[2, 1, 0, 0], [0, 2, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    np.testing.assert_allclose(iou(counts), [2 / 3, 2 / 4, 0, np.nan])
    np.testing.assert_allclose(dice(counts), [4 / 5, 4 / 6, 0, np.nan])
    assert mean_iou(counts) == pytest.approx((2 / 3 + 2 / 4 + 0) / 3)
    assert pixel_accuracy(counts) == pytest.approx(4 / 6)


def test_the_same_as_scikit_learn_in_any_blocks(monkeypatch):
    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(0, 5, (2, 7, 9, 11))
    monkeypatch.setattr(mask_scores, "BLOCK", 50)  # less than one image
    counts = confusion(predicted, truth.astype(np.uint8), 5)
    flat = truth.ravel(), predicted.ravel()
    np.testing.assert_array_equal(counts, confusion_matrix(*flat))
    np.testing.assert_allclose(iou(counts), jaccard_score(*flat, average=None))
    np.testing.assert_allclose(dice(counts), f1_score(*flat, average=None))


def test_ignored_pixels_do_not_count_whatever_is_predicted_there():
    truth = np.where(TRUTH == 2, 255, TRUTH).astype(np.uint8)
    wild = PREDICTED.copy()
    wild[1, 1] = 99
    counts = confusion(wild, truth, 2, ignore=255)
    assert counts.tolist() == [[2, 1], [0, 2]]
    nothing = confusion(PREDICTED, np.full((2, 3), 255), 2, ignore=255)
    assert np.isnan(pixel_accuracy(nothing))
    assert np.isnan(mean_iou(nothing))


def test_masks_in_files_are_read_in_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(mask_scores, "BLOCK", 8)
    np.save(tmp_path / "m.npy", TRUTH.astype(np.uint16))
    mapped = np.load(tmp_path / "m.npy", mmap_mode="r")
    np.testing.assert_array_equal(confusion(mapped, mapped, 3), np.diag([3, 2, 1]))


def test_what_is_no_mask_of_these_classes_is_refused():
    with pytest.raises(ShapeError, match=r"same shape, got \(2, 3\) predicted and \(2, 2\) of the truth"):
        confusion(PREDICTED, TRUTH[:, :2], 3)
    with pytest.raises(DataError, match=r"truth must hold class numbers of 0 to 1, got 2; .* pass ignore=2"):
        confusion(PREDICTED, TRUTH, 2)
    with pytest.raises(DataError, match=r"predicted must hold class numbers of 0 to 2, got -1"):
        confusion(PREDICTED - 1, TRUTH, 3)
    with pytest.raises(DataError, match=r"predicted must hold class numbers, got float64; round them"):
        confusion(PREDICTED / 2, TRUTH, 3)


def test_a_mean_without_scores_is_nan():
    assert np.isnan(mean_score([np.nan]))
    assert np.isnan(mean_score([]))
