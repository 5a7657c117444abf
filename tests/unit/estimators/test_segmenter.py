"""Masks in, masks out: what is learnt, what follows, and what is refused."""

import numpy as np
import pytest
import torch
from sklearn.base import clone

from foveal import CNN, CNNClassifier, CNNRegressor, CNNSegmenter, load
from foveal.core.errors import DataError, FovealError, ModelFileError, ParameterError, ShapeError

from .squares import NEW, NEW_Y, SMALL, X, Y


@pytest.fixture(scope="module")
def fitted():
    return CNNSegmenter(**{**SMALL, "n_epochs": 20}).fit(X, Y)


def test_it_learns(fitted):
    assert fitted.score(NEW, NEW_Y) > 0.5
    assert {"valid_dice", "valid_pixel_accuracy"} <= set(fitted.history_)
    assert CNNSegmenter(**{**SMALL, "n_epochs": 1}).fit(X, Y).score(NEW, NEW_Y) < fitted.score(NEW, NEW_Y)


def test_shapes_and_dtypes(fitted):
    assert fitted.predict(NEW).shape == Y.shape
    assert fitted.predict(NEW).dtype == np.uint8
    probabilities = fitted.predict_proba(NEW)
    assert probabilities.shape == (*Y.shape, 3)
    np.testing.assert_allclose(probabilities.sum(-1), 1, rtol=1e-5)
    np.testing.assert_array_equal(probabilities.argmax(-1), fitted.predict(NEW))


@pytest.mark.parametrize("axes", [1, 3])
def test_signals_and_volumes(axes):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(12, 1, *[8] * axes)).astype(np.float32)
    layout = {1: "NCL", 3: "NCDHW"}[axes]
    model = CNNSegmenter(**{**SMALL, "n_epochs": 40, "layout": layout}).fit(x, (x[:, 0] > 0).astype(int))
    assert model.predict(x).shape == (12, *[8] * axes)
    assert model.score(x, x[:, 0] > 0) > 0.7


def test_scores_are_those_of_the_counts(fitted):
    found = fitted.predict(NEW)
    ious = [((found == k) & (k == NEW_Y)).sum() / ((found == k) | (k == NEW_Y)).sum() for k in range(3)]
    assert fitted.score(NEW, NEW_Y) == pytest.approx(np.mean(ious))


def test_labels_keep_their_names_and_dtype(tmp_path):
    named = np.array([5, 9, 200], np.int16)[Y]
    model = CNNSegmenter(**SMALL).fit(X, named)
    assert model.classes_.tolist() == [5, 9, 200]
    assert model.predict(NEW).dtype == np.int16
    numbers = CNNSegmenter(**SMALL).fit(X, Y)
    np.testing.assert_array_equal(model.predict(NEW), model.classes_[numbers.predict(NEW)])


def test_flags_are_labels():
    model = CNNSegmenter(**SMALL).fit(X, Y == 1)
    assert model.predict(X).dtype == bool


def test_what_is_ignored_does_not_count(tmp_path):
    holes = Y.astype(np.uint8).copy()
    holes[:, :4] = 255
    other = holes.copy()
    scrambled = X.copy()
    model = CNNSegmenter(**SMALL, ignore=255).fit(X, holes)
    assert model.classes_.tolist() == [0, 1, 2]
    # the score leaves the holes out, also after a load
    known = np.broadcast_to(np.arange(16)[:, None] >= 4, (16, 16))
    found = model.predict(NEW)
    ious = []
    for k in range(3):
        hit, either = ((found == k) & (k == NEW_Y))[:, known], ((found == k) | (k == NEW_Y))[:, known]
        ious.append(hit.sum() / either.sum())
    truth = NEW_Y.copy()
    truth[:, :4] = 255
    assert model.score(NEW, truth) == pytest.approx(np.mean(ious))
    model.save(tmp_path / "m")
    assert load(tmp_path / "m").score(NEW, truth) == pytest.approx(np.mean(ious))
    # what stands there makes no difference
    other[:, :4] = np.where(np.arange(24)[:, None, None] % 2, 255, 255)
    np.testing.assert_array_equal(CNNSegmenter(**SMALL, ignore=255).fit(scrambled, other).predict(NEW), found)


def test_shares_of_classes_are_learnt_and_follow():
    shares = np.eye(3, dtype=np.float32)[Y] * 0.8 + 0.2 / 3
    model = CNNSegmenter(**{**SMALL, "n_epochs": 15}, augment=["flip", "rotate"]).fit(X, shares)
    assert model.score(NEW, NEW_Y) > 0.5
    assert model.score(NEW, shares[: len(NEW)]) < 1
    with pytest.raises(DataError, match="the first call had shares of classes"):
        model.partial_fit(X, Y)


def test_masks_move_as_their_pictures():
    """The network reads its input off, which is the mask: one that did not follow would be found wrong."""

    class Threshold(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.gain = torch.nn.Parameter(torch.tensor(1.0))

        def forward(self, x):
            return torch.cat([-self.gain * (x - 0.5), self.gain * (x - 0.5)], 1)

    mask = np.zeros((16, 16, 16), np.uint8)
    mask[:, 2:7, 1:9] = 1
    for augment in ("flip", "vertical_flip", "shift(share=0.3)", "rotate(40)", "scale(0.3)", "resized_crop", "warp"):
        model = CNNSegmenter(
            net=lambda shape, k: Threshold(), augment=augment, n_epochs=1, valid_size=0, random_state=0, loss="dice",
            learning_rate=1e-9,
        )  # fmt: skip
        model.fit(mask.astype(np.float32) * 40, mask)
        # only places on a border between two pixels can differ
        assert model.history_["train_score"][0] > 0.93, augment


@pytest.mark.parametrize("augment", ["mixup", "cutmix", "trivial_augment"])
def test_no_mask_can_follow_mixed_rows(augment):
    with pytest.raises(ParameterError, match=f"a mask cannot follow {augment}"):
        CNNSegmenter(**SMALL, augment=augment).fit(np.repeat(X[..., None], 3, -1), Y)


def test_classes_are_balanced_by_places():
    rare = np.zeros_like(Y)
    rare[:, :2, :2] = 1
    noise = np.random.default_rng(0).normal(size=rare.shape).astype(np.float32) + rare
    plain = CNNSegmenter(**SMALL, loss="cross_entropy").fit(noise, rare)
    balanced = CNNSegmenter(**SMALL, loss="cross_entropy", class_weight="balanced").fit(noise, rare)
    assert (balanced.predict(noise) == 1).mean() > (plain.predict(noise) == 1).mean()
    named = CNNSegmenter(**SMALL, loss="cross_entropy", class_weight={0: 256 / 504, 1: 256 / 8}).fit(noise, rare)
    np.testing.assert_array_equal(named.predict_proba(noise), balanced.predict_proba(noise))
    with pytest.raises(ParameterError, match="class_weight names 7, which is no class of y"):
        CNNSegmenter(**SMALL, class_weight={7: 2.0}).fit(noise, rare)


def test_rows_are_drawn_by_their_rarest_class():
    few = np.where(np.arange(24)[:, None, None] < 2, Y, 0).astype(np.uint8)
    model = CNNSegmenter(**SMALL, sampler="balanced", valid_size=0).fit(X, few)
    assert model.n_epochs_ == 6


def test_saved_and_read_again(fitted, tmp_path):
    fitted.save(tmp_path / "model.safetensors")
    again = load(tmp_path / "model.safetensors")
    assert type(again) is CNNSegmenter
    np.testing.assert_array_equal(again.predict_proba(NEW), fitted.predict_proba(NEW))
    assert again.get_params() == fitted.get_params()
    again.partial_fit(X, Y)


def test_partial_fit_goes_on(fitted):
    model = CNNSegmenter(**SMALL)
    with pytest.raises(ParameterError, match="classes must be passed on the first call"):
        model.partial_fit(X, Y)
    for _ in range(3):
        model.partial_fit(X, Y, classes=[0, 1, 2])
    assert model.n_epochs_ == 3
    with pytest.raises(DataError, match="holds the label 3"):
        model.partial_fit(X, Y + 1)


def test_a_clone_is_new_and_a_user_may_ask_cnn_for_the_task(fitted):
    assert clone(fitted).get_params() == fitted.get_params()
    model = CNN(**SMALL, task="segmentation").fit(X, Y)
    np.testing.assert_array_equal(
        model.predict(NEW), CNNSegmenter(**SMALL, loss="cross_entropy").fit(X, Y).predict(NEW)
    )


@pytest.mark.parametrize("tta", ["flip", "vertical_flip", ["flip", "vertical_flip"]])
def test_views_are_put_back_before_they_are_put_together(fitted, tta):
    views = fitted.predict_proba(NEW, tta=tta)
    axes = [{"flip": 2, "vertical_flip": 1}[name] for name in ([tta] if isinstance(tta, str) else tta)]
    sets = [(), *[(axis,) for axis in axes], *([tuple(axes)] if len(axes) > 1 else [])]
    each = [np.flip(fitted.predict_proba(np.ascontiguousarray(np.flip(NEW, s))), s) for s in sets]
    np.testing.assert_allclose(views, np.mean(each, axis=0), atol=1e-6)


def test_views_that_are_shifted_are_shifted_back(fitted):
    def moved(x, axis, by):
        return x.take(np.clip(np.arange(16) + by, 0, 15), axis)

    each = [fitted.predict_proba(NEW)]
    for axis, by in ((1, -1), (1, 1), (2, -1), (2, 1)):
        each.append(moved(fitted.predict_proba(moved(NEW, axis, by)), axis, -by))
    np.testing.assert_allclose(fitted.predict_proba(NEW, tta="shift"), np.mean(each, axis=0), atol=1e-6)


def test_validation_and_views(fitted):
    model = CNNSegmenter(**SMALL, monitor="dice").fit(X, Y, validation=(NEW, NEW_Y))
    assert model.history_["valid_score"][-1] > 0
    with pytest.raises(ShapeError, match="validation's y must have a label for each place"):
        CNNSegmenter(**SMALL).fit(X, Y, validation=(NEW, NEW_Y[:, 1:]))


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (Y[:, :, :5], r"a label for each place of X's rows, \(16, 16\), got masks of \(16, 5\)"),
        (Y[..., None], r"leave their last axis out: y\[\.\.\., 0\]"),
        (Y[:, None], r"leave their channel out: y\[:, 0\]"),
        (Y[:20], "20"),
        (Y.astype(float), "no shares of classes"),
        (np.zeros_like(Y), "1 class"),
        (Y[:, 0, 0], "must be masks"),
        (np.arange(Y.size).reshape(Y.shape), "numbers of objects"),
    ],
)
def test_wrong_masks_are_told_in_one_line(y, words):
    with pytest.raises(FovealError, match=words) as caught:
        CNNSegmenter(**SMALL).fit(X, y)
    assert "\n" not in str(caught.value)


def test_pytorchs_own_losses_take_masks():
    holes = Y.copy()
    holes[:, :4] = 255
    how = {**SMALL, "ignore": 255}
    theirs = CNNSegmenter(**how, loss=torch.nn.CrossEntropyLoss()).fit(X, holes)
    own = CNNSegmenter(**how, loss="cross_entropy").fit(X, holes)
    np.testing.assert_allclose(theirs.predict_proba(NEW), own.predict_proba(NEW), atol=1e-3)


def test_masks_in_which_nothing_counts():
    with pytest.raises(DataError, match="beside what is ignored"):
        CNNSegmenter(**SMALL, ignore=7).fit(X, np.full_like(Y, 7))


def test_losses_and_networks_that_do_not_fit():
    with pytest.raises(ParameterError, match="does not fit segmentation"):
        CNNSegmenter(**SMALL, loss="mse").fit(X, Y)
    with pytest.raises(ParameterError, match="for a class at each place use CNNSegmenter"):
        CNNClassifier(loss="dice").fit(X, Y[:, 0, 0])
    with pytest.raises(ParameterError, match="answers a row as a whole"):
        CNNSegmenter(**{**SMALL, "net": "resnet18"}).fit(X, Y)
    with pytest.raises(ParameterError, match="answers each place"):
        CNNClassifier(**SMALL).fit(X, Y[:, 0, 0])
    with pytest.raises(
        ParameterError, match=r"into \(N, 3, 16, 16\), an output for each class or target at each place"
    ):
        CNNSegmenter(net=torch.nn.Conv2d(1, 4, 3, padding=1)).fit(X, Y)


def test_a_file_of_another_kind_is_refused(fitted, tmp_path):
    import json

    fitted.save(tmp_path / "m")
    raw = (tmp_path / "m").read_bytes()
    for old, new in ((b'\\"n_outputs\\": 3', b'\\"n_outputs\\": 2'), (b"CNNSegmenter", b"CNNRegressor")):
        assert old in raw or json
        (tmp_path / "odd").write_bytes(raw.replace(old, new))
        with pytest.raises(ModelFileError):
            load(tmp_path / "odd")


def test_masks_of_other_axes_and_a_row_alone_have_their_way_out():
    with pytest.raises(ShapeError, match=r"got masks of \(16, 12\); their axes are swapped: y\.swapaxes\(1, 2\)"):
        CNNSegmenter(**SMALL).fit(X[:, :12], Y[:, :12].swapaxes(1, 2))
    with pytest.raises(ShapeError, match="if rows are volumes without channels, layout='NDHW' says so"):
        CNNSegmenter(**SMALL).fit(np.zeros((8, 4, 8, 8)), np.arange(2048).reshape(8, 4, 8, 8) % 2)
    with pytest.raises(DataError, match="for masks, a label at each place, use CNNSegmenter"):
        CNNClassifier(n_epochs=1).fit(X, Y)
    with pytest.raises(DataError, match=r"for points, .* give task='points'"):
        CNNRegressor(n_epochs=1).fit(X, Y)


def test_a_picture_alone_is_told_to_be_one_row(fitted):
    with pytest.raises(ShapeError, match=r"picture 0 must be .* got \(16,\); of one picture give X\[None\]"):
        fitted.predict(np.zeros((16, 16)))
