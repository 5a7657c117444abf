"""What `augment` says goes through settings, checkpoints, files and back as text, and means the same."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

import foveal
from foveal import CNNClassifier, CNNRegressor
from foveal.augment import hue, mixup, rotate
from foveal.core.errors import ParameterError
from foveal.core.forms import form_of
from foveal.fitting.augmenting import as_texts, check_augment, functions_of

X = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 3), dtype=np.uint8)
Y = np.arange(40) % 3
SMALL = {"in_channels_list": (None, 3), "out_channels": 3, "n_epochs": 2, "batch_size": 16, "random_state": 0}


def weights(model):
    return torch.cat([value.double().flatten() for value in model.net_.state_dict().values()])


def own(x, rng):
    return x


def test_texts_and_functions():
    assert as_texts(None) is None
    assert as_texts("auto") == "auto"
    assert as_texts((rotate(15), own, "rotate(15.0)")) == ("rotate(degrees=15)", own, "rotate(degrees=15)")
    assert functions_of(None) == []
    assert functions_of(["rotate(15)", own]) == [rotate(15), own]


@pytest.mark.parametrize("augment", [["flip", rotate(15)], ("flip", "rotate(degrees=15)"), ["flip()", "rotate(15)"]])
def test_the_same_in_other_words_is_the_same_run(augment, tmp_path):
    plain = CNNClassifier(augment=["flip", rotate(15)], **SMALL).fit(X, Y)
    model = CNNClassifier(augment=augment, **SMALL).fit(X, Y)
    assert torch.equal(weights(plain), weights(model))
    model.save(tmp_path / "model.safetensors")
    loaded = foveal.load(tmp_path / "model.safetensors")
    assert list(loaded.augment) == ["flip", "rotate(degrees=15)"]
    assert torch.equal(weights(loaded.fit(X, Y)), weights(plain))


def test_a_checkpoint_knows_strengths(tmp_path):
    def of(augment):
        return CNNClassifier(augment=augment, checkpoint=tmp_path, **SMALL)

    first = of([rotate(15)]).fit(X, Y)
    assert torch.equal(weights(of(["rotate(15)"]).fit(X, Y)), weights(first))
    with pytest.raises(ParameterError, match=r"has augment=\['rotate\(degrees=15\)'\], this one augment=\['rotate'\]"):
        of(["rotate"]).fit(X, Y)


def test_partial_fit_follows_and_clones_keep_what_was_given():
    from sklearn.base import clone

    model = clone(CNNClassifier(augment=[hue(5)], **SMALL))
    assert model.augment == [hue(5)]
    model.partial_fit(X, Y, classes=[0, 1, 2]).set_params(augment="rotate(3)").partial_fit(X, Y)
    assert model.fitted_.settings["augment"] == "rotate(degrees=3)"


@pytest.mark.parametrize("kernels", ["auto", "off"])
@pytest.mark.parametrize("augment", ["mixup", "cutmix"])
def test_mixed_labels_are_trained_on(augment, kernels):
    model = CNNClassifier(augment=augment, kernels=kernels, **SMALL).fit(X, Y)
    assert np.isfinite(model.history_["train_loss"]).all()
    plain = CNNClassifier(kernels=kernels, **SMALL).fit(X, Y)
    assert not torch.equal(weights(model), weights(plain))


def test_kernels_and_pytorch_agree_on_mixed_labels():
    options = SMALL | {"do_dropout": False, "optimizer": "momentum", "n_epochs": 1, "augment": "mixup(1)"}
    weight = np.random.default_rng(1).uniform(0.5, 2, 40)
    runs = [CNNClassifier(**options, kernels=kernels).fit(X, Y, weight) for kernels in ("auto", "off")]
    torch.testing.assert_close(*map(weights, runs), rtol=1e-3, atol=1e-5)


def test_a_loss_that_gives_a_mean_cannot_be_shared():
    model = CNNRegressor(loss=lambda z, t: (z - t).square().mean(), augment="mixup", **SMALL)
    with pytest.raises(ParameterError, match=r"must return one loss a row, .* mixed"):
        model.fit(X, Y.astype(float))
    CNNRegressor(loss=lambda z, t: (z - t).square().mean(1), augment=mixup(), **SMALL).fit(X, Y.astype(float))


def test_labels_are_not_shared_where_the_network_is_given_them_or_rows_have_parts():
    given = SimpleNamespace(run=lambda net, batch: net(*batch.x, *batch.y), follow=None)
    picture = form_of((1, 8, 8))
    with pytest.raises(ParameterError, match=r"mixup shares a row's label .* its network is given the targets; leave"):
        check_augment(["flip", "mixup"], picture, given)
    with pytest.raises(ParameterError, match=r"cutmix shares a row's label .* a row has several parts; leave cutmix"):
        check_augment("cutmix", picture * 2, SimpleNamespace(run=None, follow=None))
    check_augment(["flip", "mixup"], picture, SimpleNamespace(run=None, follow=None))
