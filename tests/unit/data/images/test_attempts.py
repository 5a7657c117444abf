import numpy as np

from foveal.data.images import attempts
from foveal.data.images.attempts import Attempts
from foveal.data.images.records import Place
from foveal.data.rows import Rows

from .drawn import RULE, draw, drawn, pixels, spoil


def test_bad_pictures_are_zeros_in_their_place_and_told_once(tmp_path):
    bad = Place(str(spoil(draw(tmp_path / "bad.png"))), "bad.png")
    gone = Place(str(tmp_path / "gone.png"), "gone.png")
    good = drawn(tmp_path, 3)
    tried = Attempts([good[0], bad, good[1], gone, good[2]], RULE)
    X = np.concatenate([tried[0:2], tried[2:4], tried[4:9]])
    np.testing.assert_array_equal(X[[0, 2, 4]], [pixels(i) for i in range(3)])
    assert X[[1, 3]].max() == 0
    assert set(tried.problems) == {1, 3}
    assert tried.problems[3] == "is not there any more"


def test_rows_are_read_ahead_and_no_more_than_some(tmp_path, monkeypatch):
    monkeypatch.setattr(attempts, "_AHEAD", 3)
    read = []
    original = attempts.decoded

    def noted(pictures, *rest):
        read.append(len(pictures))
        return original(pictures, *rest)

    monkeypatch.setattr(attempts, "decoded", noted)
    tried = Attempts(drawn(tmp_path, 8), RULE)
    rows = Rows(tried)
    X = np.concatenate([rows.between(i, i + 1)[0] for i in range(4)])
    np.testing.assert_array_equal(X, [pixels(i) for i in range(4)])
    assert read == [3, 3]
    assert rows.between(4, 8)[0].shape == (4, 4, 4, 3)  # more than are read ahead
    assert read == [3, 3, 4]
    np.testing.assert_array_equal(tried[0:1][0], pixels(0))  # and back


def test_large_pictures_are_few_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr(attempts, "_MOST", 100)
    tried = Attempts(drawn(tmp_path, 4), RULE)
    tried[0:1]
    assert tried._rows.shape == (2, 4, 4, 3)
