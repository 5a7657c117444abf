"""The estimators on a GPU: what they learn, save, go on with and answer there.

Where there is none the processor stands in for it, as a long test: so what is written here stays in step with the code.
"""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import foveal
from foveal import CNNClassifier, CNNRegressor
from foveal.core.choices import AUGMENTATIONS, LOSSES, OPTIMIZERS
from foveal.core.errors import DivergedError, ResourceError
from foveal.fitting.checkpointing import Keeper

HAS_GPU = torch.cuda.is_available()
DEVICE = "cuda" if HAS_GPU else "cpu"
pytestmark = [] if HAS_GPU else pytest.mark.long
SETTINGS = {
    "in_channels_list": (None, 8), "out_channels": 8, "in_features_list": (None, 16), "n_epochs": 4, "batch_size": 50,
    "random_state": 0, "device": DEVICE,
}  # fmt: skip
ROWS = 600
#: All that grey pictures can be changed by; labels are mixed once.
FITTING = [name for name in AUGMENTATIONS if name not in ("saturation", "hue", "grey", "mixup")]


def pictures(rows=ROWS):
    """A bright line in each image, lower in each class."""
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 100, (rows, 12, 12), dtype=np.uint8), np.arange(rows) % 3
    X[np.arange(rows), y * 4] = 255
    return X, y


X, Y = pictures()
LABELS = np.stack([Y == 0, Y < 2, np.arange(ROWS) % 2], axis=1).astype(int)
VALUES = Y + X[:, 6, 6] / 255


def classifier(**parameters):
    return CNNClassifier(**SETTINGS | parameters)


def regressor(**parameters):
    return CNNRegressor(**SETTINGS | parameters)


def lies_there(model):
    return {t.device.type for t in model.net_.state_dict().values()} == {DEVICE}


@pytest.mark.parametrize("precision", ["auto", "float32", "float64", *(["bfloat16"] if HAS_GPU else [])])
def test_it_learns_in_every_precision(precision):
    model = classifier(precision=precision).fit(X, Y)
    assert lies_there(model)
    assert model.score(X, Y) > 0.9


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_it_learns_by_every_optimizer(optimizer):
    model = classifier(optimizer=optimizer, n_epochs=2).fit(X, Y)
    assert np.isfinite(model.history_["train_loss"]).all()
    assert np.isfinite(model.predict_proba(X)).all()


@pytest.mark.parametrize("options", [
    {"augment": FITTING}, {"ema_decay": 0.9}, {"accumulate": 2}, {"clip_norm": 1.0}, {"lambda_": 1e-3},
    {"label_smoothing": 0.1}, {"class_weight": "balanced"}, {"early_stopping": True}, {"schedule": "plateau"},
    {"do_batch_norm": False}, {"do_dropout": False}, {"kernels": "off"}, {"batch_size": 7}, {"valid_size": 0},
    {"pool_mode": "avg", "activation": "gelu"}, {"shuffle": False},
], ids=str)  # fmt: skip
def test_it_learns_with_every_option(options):
    model = classifier(**options).fit(X, Y)
    assert model.score(X, Y) > 0.6


def test_the_recipe_learns():
    model = CNNClassifier.from_recipe("fast", n_epochs=4, random_state=0, device=DEVICE).fit(X, Y)
    assert model.score(X, Y) > 0.9


@pytest.mark.parametrize("loss", LOSSES)
def test_it_learns_by_every_loss(loss):
    y = LABELS if loss == "binary_cross_entropy" else VALUES if loss in ("mse", "mae", "huber") else Y
    model = foveal.CNN(**SETTINGS | {"loss": loss, "n_epochs": 2}).fit(X, y)
    assert lies_there(model)
    assert model.predict(X).shape == y.shape


def test_several_labels_and_several_targets():
    assert classifier().fit(X, LABELS).predict_proba(X).shape == (ROWS, 3)
    assert regressor().fit(X, np.stack([VALUES, -VALUES], axis=1)).predict(X).shape == (ROWS, 2)
    assert regressor(n_epochs=20).fit(X, VALUES).score(X, VALUES) > 0.5


@pytest.mark.parametrize("shape", [(ROWS, 9), (ROWS, 2, 30), (ROWS, 3, 8, 8), (ROWS, 1, 6, 6, 6)], ids=str)
def test_tables_signals_images_and_volumes(shape):
    rng = np.random.default_rng(0)
    given = rng.normal(size=shape).astype(np.float32)
    layout = "NCL" if len(shape) == 3 else None
    model = classifier(n_epochs=2, layout=layout).fit(given, Y)
    assert model.predict_proba(given).shape == (ROWS, 3)


def test_weighted_rows():
    model = classifier().fit(X, Y, sample_weight=np.linspace(0, 1, ROWS))
    assert model.score(X, Y, sample_weight=np.ones(ROWS)) > 0.9


def test_partial_fit_goes_on():
    model = classifier()
    for _ in range(4):
        model.partial_fit(X, Y, classes=[0, 1, 2])
    assert lies_there(model)
    assert model.score(X, Y) > 0.9


def test_a_network_of_the_users():
    def net(shape, outputs):
        parts = nn.Conv2d(shape[0], 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(0.2)
        return nn.Sequential(*parts, nn.Flatten(), nn.Linear(800, outputs))

    model = CNNClassifier(net=net, n_epochs=4, random_state=0, device=DEVICE).fit(X, Y)
    assert lies_there(model)
    assert model.score(X, Y) > 0.9


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_predictions_are_the_processors(precision):
    model = classifier(precision=precision).fit(X, Y)
    here = copy.deepcopy(model.net_).cpu()
    with torch.inference_mode():
        out = here(torch.from_numpy(X)[:, None]).softmax(1)
    np.testing.assert_allclose(model.predict_proba(X), out.numpy(), atol=2e-2)  # TF32 may be on


def test_a_model_file_is_read_there_again(tmp_path):
    model = classifier().fit(X, Y)
    model.save(tmp_path / "model.safetensors")
    other = foveal.load(tmp_path / "model.safetensors")
    assert lies_there(other)
    np.testing.assert_array_equal(other.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize("rows", [1, 2, 8, 9, 100, ROWS])
def test_any_number_of_rows_is_answered(rows):
    model = classifier(n_epochs=1).fit(X, Y)
    np.testing.assert_allclose(model.predict_proba(X[:rows]), model.predict_proba(X)[:rows], atol=2e-2)


def test_predictions_follow_the_network():
    model = classifier(n_epochs=1).fit(X, Y)
    with torch.no_grad():
        for weight in model.net_.parameters():
            weight.zero_()
    np.testing.assert_allclose(model.predict_proba(X[:5]), 1 / 3, atol=1e-6)


def test_a_memory_mapped_x(tmp_path):
    np.save(tmp_path / "X.npy", X)
    model = classifier().fit(np.load(tmp_path / "X.npy", mmap_mode="r"), Y)
    assert model.score(X, Y) > 0.9


def test_same_seed_same_bits():
    one, two = (classifier(precision="float32").fit(X, Y) for _ in range(2))
    for a, b in zip(one.net_.state_dict().values(), two.net_.state_dict().values(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)


class StoppedError(Exception):
    """Ends a run from within."""


@pytest.mark.parametrize("optimizer", ["adam", "muon", "sgd"])
def test_a_run_that_was_broken_off_goes_on_to_the_same_end(monkeypatch, tmp_path, optimizer):
    options = {"optimizer": optimizer, "n_epochs": 4, "precision": "float32"}
    whole = classifier(**options).fit(X, Y)

    def stopping(self, state):
        keep(self, state)
        if state.epoch == 2:
            raise StoppedError

    with monkeypatch.context() as patched:
        keep = Keeper.rest
        patched.setattr(Keeper, "rest", stopping)
        with pytest.raises(StoppedError):
            classifier(**options, checkpoint=tmp_path, checkpoint_every=1).fit(X, Y)
    resumed = classifier(**options, checkpoint=tmp_path, checkpoint_every=1).fit(X, Y)
    for a, b in zip(whole.net_.state_dict().values(), resumed.net_.state_dict().values(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-4)
    assert resumed.n_epochs_ == 4


def test_what_does_not_fit_its_memory_is_refused_with_the_batch_that_does():
    wide = np.zeros((20_000, 128, 128), np.uint8)  # 1,000 GB of feature maps, more than any one card has
    wide[::2] = 1
    with pytest.raises(ResourceError, match=rf"a step of 18,000 rows needs at least .* GB .* are free on {DEVICE}"):
        classifier(batch_size=10**6, in_channels_list=(None, 512)).fit(wide, np.arange(20_000) % 2)


def test_a_training_that_diverges_says_so():
    with pytest.raises(DivergedError, match="smaller learning_rate"):
        classifier(optimizer="sgd", learning_rate=1e30, do_batch_norm=False).fit(X, Y)


def test_reports_and_state_are_what_they_are_on_a_processor():
    here, there = (classifier(device=device, precision="float32", do_dropout=False) for device in ("cpu", DEVICE))
    first, second = (replace(report, seconds=0.0, images_per_second=0.0, train_loss=round(report.train_loss, 1),
                             train_score=0.0, valid_loss=0.0, valid_score=0.0)
                     for report in (model.fit(X, Y)._state.history[0] for model in (here, there)))  # fmt: skip
    assert first == second


def test_the_model_copies_and_pickles():
    model = classifier(n_epochs=1).fit(X, Y)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(other.predict(X), model.predict(X))
