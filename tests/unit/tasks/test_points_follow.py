"""Points move as their rows do, and what they cannot follow is refused."""

import numpy as np
import pytest
from tests.unit.tasks.spots import SMALL, reads, reads_two, spots

from foveal import CNNRegressor
from foveal.core.errors import DataError, ParameterError
from foveal.data.images.pictures import Pictures
from foveal.data.images.reading.rule import make_rule
from foveal.data.middle import middle_of

X, Y = spots()


def test_points_that_are_not_visible_do_not_count():
    """The network reads its points off its input, and labels of half of them are wrong: as NaN they do no harm."""
    y = np.random.default_rng(0).uniform(2, 9, (20, 2, 2))
    grid = np.stack(np.mgrid[:12, :12], -1)
    maps = np.exp(-((grid - y[:, :, None, None]) ** 2).sum(-1) / 4.5).astype(np.float32)
    scores = []
    for wrong in (0.0, np.nan):
        labels = y.copy()
        labels[::2, 1] = wrong
        model = CNNRegressor(**{**SMALL, "net": reads, "loss": "mse", "valid_size": 0, "learning_rate": 1e-9})
        scores.append(model.fit(maps, labels).history_["train_score"][0])
    assert scores[0] < -1
    assert scores[1] > -0.05


AUGMENTATIONS = ("flip(pairs=0)", "vertical_flip(pairs=0)", "shift(0.3)", "crop(0.3)", "rotate(40)", "shear(20)",
                 "resized_crop", "warp", "scale(0.2)")  # fmt: skip


@pytest.mark.parametrize("augment", AUGMENTATIONS)
def test_points_move_as_their_pictures(augment):
    """The network reads its input, which shows the points: one that did not follow would be found elsewhere."""
    y = np.random.default_rng(0).uniform(7, 16, (16, 2, 2))
    grid = np.stack(np.mgrid[:24, :24], -1)
    maps = np.exp(-((grid - y[:, :, None, None]) ** 2).sum(-1) / 4.5).astype(np.float32)
    model = CNNRegressor(
        task="points", loss="mse", net=reads, augment=augment, n_epochs=1, valid_size=0, random_state=0,
        learning_rate=1e-9,
    )  # fmt: skip
    model.fit(maps, y)
    assert model.history_["train_score"][0] > -0.15, augment
    assert model.score(maps, y) > -0.01


def test_sides_change_in_the_mirror_and_who_says_nothing_is_asked():
    with pytest.raises(ParameterError, match=r"flip makes left of right, and y has 2 points: .*'flip\(pairs=1\)'"):
        CNNRegressor(**SMALL, augment="flip").fit(X, Y)
    with pytest.raises(ParameterError, match=r"vertical_flip has pairs=2, but y has 2 points"):
        CNNRegressor(**SMALL, augment="vertical_flip(pairs=2)").fit(X, Y)
    CNNRegressor(**SMALL, augment="flip").fit(X, Y[:, :1])
    model = CNNRegressor(**SMALL, augment="flip(pairs=1)").fit(X, Y)
    assert model.fitted_.settings["augment"] == "flip(pairs=1)"


@pytest.mark.parametrize("augment", ["mixup", "cutmix", "trivial_augment"])
def test_points_cannot_follow_mixed_rows(augment):
    with pytest.raises(ParameterError, match=f"points cannot follow {augment}"):
        CNNRegressor(**SMALL, augment=augment).fit(X, Y)


class Rolls:
    """An augmentation of the user's, whose motion does not say where points go."""

    def motion(self, x, rng):
        return lambda x, nearest=False: x.roll(1, -1)

    def __call__(self, x, rng):
        return x.roll(1, -1)


def test_a_motion_of_the_users_says_where_points_go():
    with pytest.raises(ParameterError, match="points cannot follow Rolls, whose motion does not say where they go"):
        CNNRegressor(**SMALL, augment=Rolls()).fit(X, Y)


@pytest.mark.parametrize("augment", [None, "crop", "resized_crop"])
def test_points_of_larger_rows_that_are_cut(augment):
    """The network reads its points off the windows: those whose points did not follow would be found elsewhere."""
    y = np.random.default_rng(0).uniform(6, 15, (16, 2, 2))
    grid = np.stack(np.mgrid[:22, :22], -1)
    maps = np.exp(-((grid - y[:, :, None, None]) ** 2).sum(-1) / 4.5) * 255
    pixels = np.concatenate([maps, maps[:, :1]], 1).astype(np.uint8).transpose(0, 2, 3, 1)
    rule, files = make_rule(18, colour="RGB", store_size=22), np.arange(16).astype(str)
    rows = Pictures(middle_of(pixels, (18, 18)), rule, files, in_memory=True, larger=pixels)
    model = CNNRegressor(
        task="points", loss="mse", net=reads_two, augment=augment, n_epochs=1, valid_size=0.25, random_state=0,
        learning_rate=1e-9,
    ).fit(rows, y)  # fmt: skip
    assert model.history_["train_score"][0] > -0.2
    assert model.history_["valid_score"][0] > -0.05
    assert model.score(rows, y - 2) > -0.05
    with pytest.raises(DataError, match=r"lies outside of a row of \(22, 22\) pixels"):
        model.fit(rows, y + 10)
