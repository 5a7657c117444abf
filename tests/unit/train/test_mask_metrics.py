"""Scores of masks against counts made by hand."""

import pytest
import torch

from foveal.train.mask_losses import IGNORED
from foveal.train.mask_metrics import any_known, confusion_of, confusion_tally, scores_of

#: Two rows of 2 x 2 places, three classes; one place does not count.
TRUTH = torch.tensor([[[0, 0], [1, 1]], [[2, 2], [0, IGNORED]]], dtype=torch.uint8)
FOUND = torch.tensor([[[0, 1], [1, 1]], [[2, 0], [0, 1]]])
OUTPUTS = torch.nn.functional.one_hot(FOUND, 3).movedim(-1, 1).float()


def test_places_are_counted_by_class_and_what_is_found():
    tally = confusion_tally(OUTPUTS, TRUTH, None)
    assert tally[0] == 2
    assert confusion_of(tally).tolist() == [[2, 1, 0], [0, 2, 0], [1, 0, 1]]


def test_scores_by_hand():
    scores = scores_of(confusion_tally(OUTPUTS, TRUTH, None))
    assert scores["iou"] == pytest.approx((2 / 4 + 2 / 3 + 1 / 2) / 3)
    assert scores["dice"] == pytest.approx((4 / 6 + 4 / 5 + 2 / 3) / 3)
    assert scores["pixel_accuracy"] == pytest.approx(5 / 7)


def test_rows_count_by_their_weight():
    weight = torch.tensor([1.0, 3.0])
    tally = confusion_tally(OUTPUTS, TRUTH, weight)
    assert tally[0] == 4
    assert confusion_of(tally).tolist() == [[1 + 3, 1, 0], [0, 2, 0], [3, 0, 3]]


def test_tallies_add_up():
    whole = confusion_tally(OUTPUTS, TRUTH, None)
    parts = [confusion_tally(OUTPUTS[i : i + 1], TRUTH[i : i + 1], None) for i in range(2)]
    assert torch.equal(whole, parts[0] + parts[1])


def test_shares_are_scored_by_the_largest():
    shares = torch.nn.functional.one_hot(TRUTH.long().clamp(max=2), 3).movedim(-1, 1) * 0.4 + 0.2
    shares[1, :, 1, 1] = 0
    assert torch.equal(confusion_tally(OUTPUTS, shares, None), confusion_tally(OUTPUTS, TRUTH, None))


def test_a_score_needs_a_place_that_counts():
    assert any_known(TRUTH, None)
    assert not any_known(torch.full((1, 2, 2), IGNORED, dtype=torch.uint8), None)
