"""chrF, BLEU and exact match: sacrebleu's, by values known by hand."""

import pytest

from foveal.tasks.translation_scores import bleu, chrf, exact, measures_of


def test_what_is_right_has_all_points_and_what_is_nothing_alike_none():
    right = ["a black cat sat here", "so it is and was"]
    assert measures_of(right, right) == {"chrf": 100.0, "bleu": pytest.approx(100.0), "exact_match": 1.0}
    assert chrf(["xyz"], ["abc"]) == 0
    assert bleu(["xyz"], ["abc"]) == 0
    assert exact(["a", "B"], ["a", "b"]) == 0.5


def test_chrf_is_the_f_score_of_its_n_grams():
    # "ab" against "abc": 1-grams precision 1, recall 2/3; 2-grams 1, 1/2; 3-grams only in the truth, left out; b = 2
    fs = [5 * p * r / (4 * p + r) for p, r in ((1, 2 / 3), (1, 1 / 2))]
    precision, recall = 1.0, (2 / 3 + 1 / 2) / 2
    assert chrf(["ab"], ["abc"]) == pytest.approx(100 * 5 * precision * recall / (4 * precision + recall), abs=3)
    assert min(fs) * 100 - 3 <= chrf(["ab"], ["abc"]) <= max(fs) * 100 + 3
