import numpy as np
import pytest

from foveal.calibration.outliers import MOST_ROWS, from_text, outliers_of, to_text


def cones(n, rng, axis=0, size=8):
    return np.eye(size)[axis] * 5 + rng.normal(size=(n, size)) * 0.5


def test_rows_in_another_direction_lie_farther():
    rng = np.random.default_rng(0)
    found = outliers_of(cones(300, rng))
    near, far = found.scores(cones(200, rng)), found.scores(cones(200, rng, axis=3))
    assert near.max() < far.min()
    threshold = found.threshold(0.05)
    assert (near > threshold).mean() < 0.12
    assert (far > threshold).all()


def test_scores_are_one_less_the_largest_cosine():
    rng = np.random.default_rng(0)
    known, new = rng.normal(size=(20, 5)), rng.normal(size=(7, 5))
    units = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (known, new)]
    expected = 1 - (units[1] @ units[0].T).max(axis=1)
    np.testing.assert_allclose(outliers_of(known).scores(new), expected, atol=2e-3)  # float16 is kept
    assert outliers_of(known).scores(np.empty((0, 5))).shape == (0,)


def test_known_rows_leave_themselves_out():
    rng = np.random.default_rng(0)
    found = outliers_of(rng.normal(size=(50, 5)))
    assert min(found.risk.thresholds) > 0.01  # else 0, the distance to itself


def test_of_many_rows_some_are_kept():
    features = np.random.default_rng(0).normal(size=(3 * MOST_ROWS, 4))
    found = outliers_of(features)
    assert found.vectors.shape == (MOST_ROWS, 4)
    assert found.risk.rows == 3 * MOST_ROWS


def test_a_row_of_zeros_is_as_far_as_a_right_angle():
    assert outliers_of(np.eye(3)).scores(np.zeros((1, 3))).tolist() == [1.0]


def test_text_and_back():
    known = outliers_of(np.eye(3)).known
    assert from_text(to_text(known), 3) == known


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no whole rows"), (to_text(b"\0" * 10), "no whole rows"), ("?!", "base64"),
        (to_text(np.full(3, np.inf, "<f2").tobytes()), "none of length 1"),
        (to_text(np.full(3, 9, "<f2").tobytes()), "none of length 1"),
        ("A" * 2**22, "more than"),
    ],
)  # fmt: skip
def test_crafted_texts_are_refused(text, why):
    with pytest.raises(ValueError, match=why):
        from_text(text, 3)
