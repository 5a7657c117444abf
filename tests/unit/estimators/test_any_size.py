"""Pictures of any size: patches to learn from, windows to answer in."""

import numpy as np
import pytest
import torch

from foveal import CNNSegmenter, load
from foveal.core.errors import DataError, DataTypeError, FovealError, ParameterError, ShapeError
from foveal.data.rows import Rows
from foveal.fitted.measure import measure

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


@pytest.mark.parametrize("tta", ["flip", "vertical_flip", "shift", ["flip", "vertical_flip", "shift"]])
def test_views_are_moved_back_before_they_are_averaged(tta):
    """A network that sees one pixel answers each alike in every view; only beside the edge is one lost by a shift."""
    model = CNNSegmenter(**{**SMALL, "net": torch.nn.Conv2d(1, 3, 1), "n_epochs": 2}).fit(X, Y)
    there, seen = model.predict_proba(NEW), model.predict_proba(NEW, tta=tta)
    inner = slice(1, -1) if "shift" in tta else slice(None)
    np.testing.assert_allclose(seen[:, inner, inner], there[:, inner, inner], atol=1e-6)
    np.testing.assert_array_equal(model.predict(NEW, tta=tta), seen.argmax(-1))


TINY = {**SMALL, "net": "unet(depth=1, width=2)", "n_epochs": 1}
COLOURS = np.random.default_rng(0).normal(size=(4, 3, 20, 22)).astype(np.float32)
COLOURS_Y = (COLOURS[:, 0] > 0).astype(np.uint8)


@pytest.mark.parametrize("layout", [None, "NCHW"])
def test_pictures_are_read_after_patches_as_they_were_before(layout):
    model = CNNSegmenter(**TINY, patch=8, layout=layout).fit(COLOURS, COLOURS_Y)
    assert model.predict(COLOURS).shape == COLOURS_Y.shape
    last = np.moveaxis(COLOURS, 1, -1)
    np.testing.assert_array_equal(model.predict(COLOURS), np.stack(model.predict(list(last))))
    if layout is None:
        np.testing.assert_array_equal(model.predict(COLOURS), model.predict(last))


def test_patches_of_tensors_are_those_of_arrays():
    tensors = torch.from_numpy(COLOURS), torch.from_numpy(COLOURS_Y)
    one, other = (CNNSegmenter(**TINY, patch=8).fit(*data) for data in (tensors, (COLOURS, COLOURS_Y)))
    np.testing.assert_array_equal(one.predict(COLOURS), other.predict(COLOURS))
    listed = CNNSegmenter(**TINY, patch=8).fit(list(tensors[0].movedim(1, -1)), list(tensors[1]))
    np.testing.assert_array_equal(listed.predict(COLOURS), other.predict(COLOURS))


def test_partial_fit_goes_on_with_patches(tmp_path):
    model = CNNSegmenter(**TINY, patch=8).fit(COLOURS, COLOURS_Y)
    model.save(tmp_path / "model.foveal")
    before = model.predict_proba(COLOURS)
    for each in (model, load(tmp_path / "model.foveal")):
        assert not np.array_equal(each.partial_fit(COLOURS, COLOURS_Y).predict_proba(COLOURS), before)
    with pytest.raises(ParameterError, match="sample_weight is for whole pictures"):
        model.partial_fit(COLOURS, COLOURS_Y, sample_weight=np.ones(4))


def test_groups_beside_patches_are_of_pictures():
    small = {**TINY, "patch": 8, "valid_size": 0.5}
    model = CNNSegmenter(**small).fit(COLOURS, COLOURS_Y, groups=["a", "a", "b", "b"])
    assert "valid_score" in model.history_
    with pytest.raises(DataError, match="X and groups have inconsistent numbers of samples: 4 rows and 3 entries"):
        CNNSegmenter(**small).fit(COLOURS, COLOURS_Y, groups=["a", "a", "b"])


@pytest.mark.parametrize("validation", [3, COLOURS, (COLOURS,)])
def test_what_is_no_validation_is_refused_beside_patches_too(validation):
    with pytest.raises(ParameterError, match=r"validation must be \(X, y\)"):
        CNNSegmenter(**TINY, patch=8).fit(COLOURS, COLOURS_Y, validation=validation)


def test_what_patches_do_not_take():
    with pytest.raises(ParameterError, match="sample_weight is for whole pictures"):
        CNNSegmenter(**TINY, patch=8).fit(COLOURS, COLOURS_Y, validation=(COLOURS, COLOURS_Y, np.ones(4)))
    shares = np.stack([1 - COLOURS_Y, COLOURS_Y], -1).astype(np.float32)
    with pytest.raises(DataTypeError, match="patch=8 takes masks of labels, whole numbers, and y holds float32"):
        CNNSegmenter(**TINY, patch=8).fit(COLOURS, shares)


def test_places_of_which_no_share_is_known_do_not_count_in_scores():
    shares = np.stack([k == Y for k in range(3)], -1).astype(np.float32)
    shares[:, :8] = 0
    ignored = Y.copy()
    ignored[:, :8] = 255
    soft = CNNSegmenter(**SMALL).fit(X, shares)
    hard = CNNSegmenter(**SMALL, ignore=255).fit(X, ignored)
    assert soft.score(X, shares) == hard.score(X, ignored)
    assert np.mean(list(measure(soft.fitted_, X, shares).values.values())) == pytest.approx(
        np.mean(list(measure(hard.fitted_, X, ignored).values.values()))
    )


def test_more_classes_than_numbers_are_refused():
    levels = np.arange(X.size).reshape(X.shape) % 256
    with pytest.raises(DataError, match="y has 256 classes, and a segmentation has 255 at most"):
        CNNSegmenter(**TINY).fit(X, levels)
    with pytest.raises(DataError, match="y has 300 classes"):
        CNNSegmenter(**TINY).partial_fit(X, levels, classes=range(300))
    assert len(CNNSegmenter(**TINY, ignore=255).fit(X, levels).classes_) == 255


def test_classes_that_are_told():
    assert CNNSegmenter(**TINY).partial_fit(X, Y, classes=[2, 0, 1, 300]).classes_.tolist() == [0, 1, 2, 300]
    for wrong in (["a", "b"], [0.5, 1]):
        with pytest.raises(DataTypeError, match="classes must be labels of masks, whole numbers"):
            CNNSegmenter(**TINY).partial_fit(X, Y, classes=wrong)
    with pytest.raises(ParameterError, match="classes names 255, which does not count by ignore=255"):
        CNNSegmenter(**TINY, ignore=255).partial_fit(X, Y, classes=[0, 1, 2, 255])


def test_masks_of_long_unsigned_numbers_are_scored():
    model = CNNSegmenter(**TINY, ignore=9).fit(X, Y.astype(np.uint64))
    assert model.score(X, Y.astype(np.uint64)) == model.score(X, Y)


def test_scores_of_pictures_of_any_size(fitted):
    large, truth = squares(2, 20)
    shares = np.stack([truth == k for k in range(3)], -1).astype(np.float64)
    assert fitted.score(large, shares) == fitted.score(large, truth)
    with pytest.raises(ParameterError, match="sample_weight is for rows shaped as in fit"):
        fitted.score(large, truth, sample_weight=[1, 0])


def test_windows_warn_of_another_scale_too():
    pixels = (COLOURS - COLOURS.min()) / np.ptp(COLOURS) * 255
    model = CNNSegmenter(**TINY, layout="NCHW").fit(pixels.astype(np.uint8), COLOURS_Y)
    with pytest.warns(UserWarning, match="fit saw uint8 pixels up to 255, but X holds values up to 1"):
        model.predict(pixels[:, :, :16] / 255)


@pytest.mark.parametrize("X", ["picture.png", ["picture.png"], [b"..."]])
def test_files_are_not_pictures_of_any_size(fitted, X):
    with pytest.raises(DataTypeError, match=r"X\[0\] is a (str|bytes), and pictures of any size are arrays"):
        fitted.predict(X)


def test_partial_fit_goes_on_with_what_files_ignore(recwarn):
    """Files say what does not count, here rows that say it too; that is no change that cannot be followed."""

    class Files(Rows):
        ignored = 255

    rows = Files(X[..., None])
    CNNSegmenter(**TINY).fit(rows, Y).partial_fit(rows, Y)
    assert not [w for w in recwarn if "cannot follow" in str(w.message)]


@pytest.mark.parametrize("value", [np.nan, np.inf, 3e38])
def test_what_is_not_finite_is_told_in_windows_too(fitted, value):
    large = squares(1, 20)[0]
    large[0, 3, 3] = value
    with pytest.raises(DataError, match=r"the window at \(0, 0\) of the image gives outputs that are not finite"):
        fitted.predict(large)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (None, "X must be an array, or a list of pictures, got NoneType"),
        ([np.full((4, 4), "a")], "picture 0 must hold real numbers, got <U1"),
        (np.full((1, 4, 4), 1j), "picture 0 must hold real numbers, got complex128"),
        ([np.zeros((0, 4))], r"picture 0 must hold real numbers, got float64 of shape \(0, 4, 1\)"),
    ],
)
def test_what_are_no_pictures(fitted, X, message):
    with pytest.raises(FovealError, match=message):
        fitted.predict(X)


@pytest.mark.parametrize("how", [{"window": "a"}, {"window": 16.5}, {"overlap": -1}, {"overlap": (4, None)}])
def test_what_are_no_windows(fitted, how):
    with pytest.raises(ParameterError, match=r"(window|overlap) must be None, a number of pixels, or one"):
        fitted.predict(squares(1, 20)[0], **how)
