"""What has no meaning for the rows is refused before the first epoch, and the message says what has."""

import numpy as np
import pytest

from foveal import CNNClassifier
from foveal.augment import flip, gain, hue, noise, rotate, shift, trivial_augment
from foveal.augment.fits import check_fits
from foveal.core.errors import ParameterError
from foveal.core.forms import Part, form_of, signals_form

REFUSED = [
    (hue(), form_of((1, 8, 8)), ["hue needs rows of 3 channels, got 1", "brightness and contrast"]),
    (trivial_augment(), form_of((4, 8, 8)), ["trivial_augment needs rows of 1 or 3 channels, got 4"]),
    (trivial_augment(), form_of((1, 8, 8, 8)), ["trivial_augment is for pictures, got volumes"]),
    (rotate(), form_of((1, 8)), ["rotate is for pictures and volumes, got signals", "shift, scale, warp"]),
    (flip(-2), form_of((1, 8)), ["flip has axis=-2", "have 1 to mirror", "axis=-1"]),
    (flip(-3), form_of((1, 8, 8)), ["flip has axis=-3"]),
    (flip(), (Part("tokens", (None,), "int64"),), ["flip changes the values of signals", "augment=None"]),
]


@pytest.mark.parametrize(("augmentation", "form", "words"), REFUSED)
def test_what_has_no_meaning_is_refused(augmentation, form, words):
    with pytest.raises(ParameterError) as error:
        check_fits(augmentation, form)
    assert all(word in str(error.value) for word in ("augment: ", *words))


def test_of_a_users_function_nothing_is_known():
    check_fits(lambda x, rng: x, form_of((1,)))


@pytest.mark.parametrize("augment", ["hue", ["flip", hue(5)], "grey(0.5)", "saturation"])
def test_fit_refuses_colours_of_grey_pictures_at_once(augment):
    X, y = np.zeros((20, 8, 8)), np.arange(20) % 2
    with pytest.raises(ParameterError, match="needs rows of 3 channels, got 1"):
        CNNClassifier(augment=augment).fit(X, y)


@pytest.mark.parametrize(
    ("augment", "words"),
    [
        (["mixup", "cutmix"], "mixup and cutmix both mix rows"),
        ("rotate(angle=3)", "has angle, but rotate takes degrees"),
        (hue, "pass an object of it: augment=hue()"),
    ],
)
def test_fit_refuses_what_cannot_be(augment, words):
    X, y = np.zeros((20, 8, 8, 3)), np.arange(20) % 2
    with pytest.raises(ParameterError) as error:
        CNNClassifier(augment=augment).fit(X, y)
    assert words in str(error.value)


def test_rows_of_unequal_length_are_changed_place_by_place():
    form = signals_form(3)
    check_fits(gain(), form)
    for augmentation in (flip(), shift(), noise()):
        with pytest.raises(ParameterError, match=r"looks at all of a row, .* padding behind them; use gain, or"):
            check_fits(augmentation, form)
