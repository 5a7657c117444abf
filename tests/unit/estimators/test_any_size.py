"""Pictures of any size: patches to learn from, windows to answer in."""

import numpy as np
import pytest

from foveal import CNNSegmenter
from foveal.core.errors import ParameterError, ShapeError

from .squares import NEW, NEW_Y, SMALL, X, Y, squares


@pytest.fixture(scope="module")
def fitted():
    return CNNSegmenter(**{**SMALL, "n_epochs": 20}).fit(X, Y)


def test_patches_of_pictures_of_any_size_are_learnt_from():
    pictures, masks = zip(
        *(tuple(a[0] for a in squares(1, size, seed)) for seed, size in enumerate((30, 22, 41, 12))), strict=True
    )
    model = CNNSegmenter(**{**SMALL, "n_epochs": 20}, patch=16, augment=["crop", "flip"], valid_size=0.25)
    model.fit(pictures, masks)
    assert model.input_shape_ == (1, 16, 16)
    found = model.predict([X[0], np.zeros((50, 20), np.float32)])
    assert [mask.shape for mask in found] == [(16, 16), (50, 20)]
    assert model.score(list(NEW), list(NEW_Y)) > 0.4
    assert model.predict_proba([X[0]])[0].shape == (16, 16, 3)


def test_the_same_seed_cuts_the_same_patches(tmp_path):
    how = {**SMALL, "patch": 8, "augment": "crop", "valid_size": 0.2}
    one, two = (CNNSegmenter(**how).fit(X, Y) for _ in range(2))
    other = CNNSegmenter(**{**how, "random_state": 1}).fit(X, Y)
    np.testing.assert_array_equal(one.predict_proba(NEW), two.predict_proba(NEW))
    assert one.history_["train_loss"] != other.history_["train_loss"]


def test_patches_are_cut_anywhere_unless_told_otherwise():
    how = {**SMALL, "patch": 8, "valid_size": 0}
    one, same = (CNNSegmenter(**how, augment=augment).fit(X, Y) for augment in (None, "crop"))
    assert one.fitted_.settings["augment"] == ["crop"]
    np.testing.assert_array_equal(one.predict_proba(NEW), same.predict_proba(NEW))
    resized = CNNSegmenter(**how, augment="resized_crop").fit(X, Y)
    assert resized.fitted_.settings["augment"] == "resized_crop"


def test_windows_that_overlap_by_what_the_network_sees_answer_as_one_piece(fitted):
    wide = squares(1, 96)[0]
    whole = fitted.predict_proba(wide, window=96)
    pieces = fitted.predict_proba(wide, window=32, overlap=20)
    np.testing.assert_allclose(pieces, whole, atol=1e-4)
    np.testing.assert_array_equal(fitted.predict(wide), whole.argmax(-1))


def test_less_overlap_is_measured_and_said(fitted):
    with pytest.warns(UserWarning, match=r"windows of \(32, 32\) overlap by \(4, 4\), and what the network sees is"):
        fitted.predict(squares(1, 96)[0], window=32, overlap=4)


def test_what_does_not_go_with_pictures_of_any_size(fitted):
    with pytest.raises(ParameterError, match="tta is for rows shaped as in fit"):
        fitted.predict(squares(1, 32)[0], tta="flip")
    with pytest.raises(ShapeError, match=r"picture 1 must be \(\*S, 1\), or \(\*S\), of 2 axes"):
        fitted.predict([X[0], np.zeros((4, 4, 3))])
    with pytest.raises(ParameterError, match="sample_weight is for whole pictures"):
        CNNSegmenter(**SMALL, patch=8).fit(X, Y, sample_weight=np.ones(24))
    with pytest.raises(ParameterError, match="patch must be"):
        CNNSegmenter(**SMALL, patch=0).fit(X, Y)
    with pytest.raises(ShapeError, match=r"masks\[1\] must have the size of its image, \(16, 16\), got \(15, 16\)"):
        CNNSegmenter(**SMALL, patch=8).fit(list(X[:2]), [Y[0], Y[1, 1:]])
