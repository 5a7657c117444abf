"""What early stopping and the plateau schedule follow: the score, or the loss where the score tells nothing."""

import warnings

import numpy as np
import pytest

from foveal import CNN, CNNClassifier, CNNRegressor
from foveal.train.report import SCORE

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 8, 8)).astype("float32")
Y = X[:, :4].mean((1, 2))
GIVES_UP = "follows the validation loss instead"


def constant_at_the_end(y, n):
    y = y.copy()
    y[-n:] = 3.0
    return y


#: y, parameters and words of the warning: the held-out rows' score cannot tell one epoch from another.
TELL_NOTHING = {
    "one row": (Y, {"valid_size": 1 / 120}, "there is only 1 row to validate on"),
    "one row, two targets": (np.c_[Y, -Y], {"valid_size": 1 / 120}, "there is only 1 row to validate on"),
    "a constant end": (constant_at_the_end(Y, 12), {"shuffle": False}, "y does not vary in the 12 rows"),
    "two constant ends": (
        np.c_[constant_at_the_end(Y, 12), constant_at_the_end(-Y, 12)], {"shuffle": False}, "does not vary in the 12",
    ),
    "a constant y": (np.full(120, 0.1), {}, "y does not vary in the 12 rows"),
    "constant but for rounding": (np.full(120, 0.1) + 1e-18, {}, "y does not vary in the 12 rows"),
    "an absolute loss": (constant_at_the_end(Y, 12), {"shuffle": False, "loss": "mae"}, "y does not vary in the 12"),
}  # fmt: skip


@pytest.mark.parametrize("case", TELL_NOTHING)
@pytest.mark.parametrize("what", [{"early_stopping": True, "patience": 2}, {"schedule": "plateau"}])
def test_where_the_score_tells_nothing_the_loss_decides_and_one_warning_says_so(case, what):
    y, parameters, words = TELL_NOTHING[case]
    model = CNNRegressor(n_epochs=9, random_state=0, **(parameters | what))
    with pytest.warns(UserWarning, match=GIVES_UP) as caught:
        model.fit(X, y)
    told = [str(w.message) for w in caught if GIVES_UP in str(w.message)]
    assert len(told) == 1
    assert words in told[0]
    losses = np.array(model.history_["valid_loss"])
    assert np.isfinite(model.history_["valid_score"]).all()
    if "patience" in what:  # it ended two epochs after the least loss, whose weights it has
        assert model.n_epochs_ == min(9, losses.argmin() + 1 + 2)
        assert model.fitted_.kept_epoch == losses.argmin() + 1
    else:
        lowered = model.history_["learning_rate"][-1] < 5e-4
        assert lowered == (losses[:8].argmin() + 6 < 8)


@pytest.mark.parametrize(
    "y",
    [
        np.c_[Y, np.ones(120)],
        np.c_[np.zeros(120), Y, np.full(120, 1e9)],
        np.c_[Y, constant_at_the_end(Y, 12)],
        np.c_[Y * 1e-20, np.ones(120)],
        Y + 1e6,
    ],
)
@pytest.mark.parametrize("what", [{"early_stopping": True, "patience": 3}, {"schedule": "plateau"}])
def test_a_target_that_does_not_vary_decides_nothing(y, what):
    """Beside others it adds the same to every epoch's score: the run goes by the rest, and nothing is said."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = CNNRegressor(n_epochs=12, shuffle=False, random_state=0, **what).fit(X, y)
    scores = np.array(model.history_["valid_score"])
    assert np.isfinite(scores).all()
    if "patience" in what:
        assert model.n_epochs_ == min(12, scores.argmax() + 1 + 3)
    assert model.history_["learning_rate"][1] == 1e-3 or "patience" in what


def test_one_row_of_labels_is_followed_by_its_loss_too():
    y = np.c_[Y > 0, Y > 0.1].astype(int)
    with pytest.warns(UserWarning, match="there is only 1 row to validate on"):
        model = CNN(loss="binary_cross_entropy", early_stopping=True, valid_size=1 / 120, n_epochs=2).fit(X, y)
    assert model.history_["valid_score"][0] in (0.0, 1.0)


@pytest.mark.parametrize("n_valid", [2, 12])
def test_classes_are_followed_by_their_accuracy(n_valid):
    model = CNNClassifier(early_stopping=True, valid_size=n_valid / 120, shuffle=False, n_epochs=1)
    assert model._prepared(X, (Y > 0).astype(int)).config.monitor == SCORE


def test_without_early_stopping_or_plateau_nothing_is_said():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        CNNRegressor(valid_size=1 / 120, n_epochs=1).fit(X, Y)


def test_a_run_that_follows_the_loss_goes_on_to_the_same_bits(tmp_path):
    y, parameters, _ = TELL_NOTHING["one row"]
    whole = {"early_stopping": True, "patience": 3, "n_epochs": 8, "random_state": 0} | parameters

    class BrokenError(Exception):
        pass

    def breaks(x, rng):
        breaks.left -= 1
        if not breaks.left:
            raise BrokenError
        return x

    breaks.left = 10**9
    with pytest.warns(UserWarning, match=GIVES_UP):
        straight = CNNRegressor(augment=breaks, **whole).fit(X, y)
    breaks.left = 5
    model = CNNRegressor(augment=breaks, checkpoint=tmp_path, checkpoint_every=1, **whole)
    with pytest.warns(UserWarning, match=GIVES_UP), pytest.raises(BrokenError):
        model.fit(X, y)
    breaks.left = 10**9
    with pytest.warns(UserWarning, match=GIVES_UP):
        model.fit(X, y)
    assert model.history_["valid_loss"] == straight.history_["valid_loss"]
    assert (model.predict(X) == straight.predict(X)).all()
