"""`weights`, `freeze` and `layer_decay` through the estimators: trained, gone on with, copied, saved and loaded."""

import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone
from torch import nn

import foveal
from foveal import CNNClassifier, CNNRegressor
from foveal.core.errors import ModelFileError, ParameterError
from foveal.data.rows import Rows
from foveal.fitting import features
from foveal.layers import Dropout

SMALL = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8), "batch_size": 10,
         "valid_size": 0.2, "random_state": 0}  # fmt: skip
RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (50, 6, 6, 3), dtype=np.uint8)
Y = np.array(["cat", "dog", "eel"])[np.arange(50) % 3]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "first.safetensors"
    CNNClassifier(**SMALL, n_epochs=2).fit(X, Y).save(path)
    return path


def fitted(path, y=Y, rows=X, **parameters):
    return CNNClassifier(**{**SMALL, "n_epochs": 3, "weights": path, **parameters}).fit(rows, y)


def state(model, part="body"):
    return {name: t.clone() for name, t in model.net_.state_dict().items() if name.startswith(part)}


def moved(before, after):
    return {name for name in before if not torch.equal(before[name], after[name])}


HEAD = {"body.head.weight", "body.head.bias"}


def test_the_scaling_comes_with_the_weights_and_is_not_estimated_again(path):
    other = fitted(path, rows=X // 4, n_epochs=1)
    assert moved(state(foveal.load(path), "input"), state(other, "input")) == set()


@pytest.mark.parametrize("how", [{}, {"augment": "flip"}, {"ema_decay": 0.5}, {"early_stopping": True, "patience": 5}])
def test_a_frozen_body_does_not_move_nor_do_its_statistics(path, how):
    before = state(foveal.load(path))
    model = fitted(path, freeze=True, **how)
    assert moved(before, state(model)) == HEAD
    assert {n for n, w in model.net_.named_parameters() if w.requires_grad} == HEAD


def test_the_head_on_kept_features_learns_as_on_rows_and_the_network_is_whole(path, monkeypatch):
    kept = fitted(path, freeze=True)
    monkeypatch.setattr(features, "memory_for", lambda needed, device: 0)
    rows = fitted(path, freeze=True)
    assert np.allclose(kept.history_["valid_loss"], rows.history_["valid_loss"], rtol=1e-4)
    assert np.allclose(kept.predict_proba(X), rows.predict_proba(X), atol=1e-4)
    assert kept.score(X, Y) == kept.fitted_.kind.score(kept.predict(X), Y, None)


def test_a_frozen_body_is_run_once(path, monkeypatch, tmp_path):
    runs = []
    body = features._run

    def counted(*arguments):
        runs.append(arguments)
        return body(*arguments)

    monkeypatch.setattr(features, "_run", counted)
    fitted(path, freeze=True, n_epochs=7)
    assert len(runs) == 2  # over the rows to train on, and over those to validate on
    fitted(path, freeze=True, augment="flip", n_epochs=1)
    fitted(path, freeze=1, n_epochs=2)
    assert len(runs) == 2
    run = {"freeze": True, "n_epochs": 2, "checkpoint": str(tmp_path / "run")}
    fitted(path, **run)
    fitted(path, **run)  # it is over: nothing is left to learn from features
    assert len(runs) == 4


def test_frozen_for_some_epochs_then_all_trains(path):
    before = state(foveal.load(path))
    model = CNNClassifier(**SMALL, n_epochs=4, weights=path, freeze=2)
    found = [moved(before, state(model)) for _ in model.epochs(X, Y)]
    assert found[:2] == [HEAD, HEAD]
    assert {"body.conv1.conv.weight", "body.conv1.norm.running_mean"} <= found[2]
    assert all(weight.requires_grad for weight in model.net_.parameters())


def test_both_ways_repeat_and_are_copied_pickled_and_saved_without_the_file(path, tmp_path):
    own = tmp_path / "own.safetensors"
    own.write_bytes(path.read_bytes())
    for freeze in (True, 2):
        one = fitted(str(own), freeze=freeze, layer_decay=0.5)
        two = clone(one).fit(X, Y)
        assert moved(state(one), state(two)) == set()
        one.save(tmp_path / "model.safetensors")
        own.rename(tmp_path / "gone")
        for again in (foveal.load(tmp_path / "model.safetensors"), pickle.loads(pickle.dumps(one))):
            assert np.array_equal(again.predict_proba(X), one.predict_proba(X))
            assert again.fitted_.first_weights == one.fitted_.first_weights
            assert again.fitted_.first_weights["name"] == "own.safetensors"
        assert foveal.load(tmp_path / "model.safetensors").weights == "own.safetensors"
        with pytest.raises(ModelFileError, match="cannot be read: there is no such file"):
            two.fit(X, Y)
        (tmp_path / "gone").rename(own)


def test_partial_fit_keeps_the_body_frozen_for_ever_or_for_so_many_passes(path, tmp_path):
    before = state(foveal.load(path))
    model = CNNClassifier(**SMALL, weights=path, freeze=True)
    for _ in range(2):
        model.partial_fit(X, Y, classes=np.unique(Y))
        assert moved(before, state(model)) == HEAD
    model.save(tmp_path / "a.safetensors")
    loaded = foveal.load(tmp_path / "a.safetensors").partial_fit(X, Y)
    assert moved(before, state(loaded)) == HEAD
    assert moved(state(model), state(loaded)) == HEAD

    model = CNNClassifier(**SMALL, weights=path, freeze=2)
    counts = [len(moved(before, state(model.partial_fit(X, Y, classes=np.unique(Y))))) for _ in range(3)]
    assert counts[:2] == [2, 2]
    assert counts[2] > 10


def test_partial_fit_does_not_follow_other_weights_nor_another_freeze(path, tmp_path):
    model = CNNClassifier(**SMALL, weights=path, freeze=True).partial_fit(X, Y, classes=np.unique(Y))
    before = state(model)
    with pytest.warns(UserWarning, match="partial_fit cannot follow changes of freeze, weights and goes on"):
        model.set_params(weights=tmp_path / "none.pth", freeze=2).partial_fit(X, Y)
    assert moved(before, state(model)) == HEAD


def test_classes_are_added_to_a_model_that_still_knows_the_old_ones(path):
    more = np.array(["ant", "cat", "dog", "eel", "fox"])[np.arange(50) % 5]
    model = fitted(path, more, freeze=True, n_epochs=1, learning_rate=1e-9)
    old = foveal.load(path)
    rows = model.decision_function(X)[:, [1, 2, 3]]
    assert np.allclose(rows, old.decision_function(X), atol=1e-4)


def test_classes_that_are_numbers_go_by_the_names_of_the_data(path, tmp_path):
    """Labels 0, 1, 2 are no names: another model's 0, 1, 2 with names of their own are others."""
    model = CNNClassifier(**SMALL, n_epochs=1).fit(X, np.arange(50) % 3)
    model.save(tmp_path / "numbers.safetensors")
    kept = fitted(tmp_path / "numbers.safetensors", np.arange(50) % 3, n_epochs=1, learning_rate=1e-9)
    assert np.allclose(kept.decision_function(X[:3]), model.decision_function(X[:3]), atol=0.1)
    other = fitted(path, np.arange(50) % 3, freeze=True, n_epochs=1, learning_rate=1e-9, random_state=5)
    assert not np.allclose(other.decision_function(X), foveal.load(path).decision_function(X), atol=0.1)


class Named(Rows):
    """Rows that come with class names, as a folder's do."""

    class_names: tuple[str, ...] = ()


@pytest.mark.parametrize("names", [("dog", "eel", "cat"), ("ant", "cat", "dog", "eel")])
def test_names_that_a_source_lists_in_another_order_do_not_move_the_rows_of_labels(path, names):
    rows = Named(X.astype(np.float32))
    rows.class_names = names
    model = fitted(path, rows=rows, freeze=True, n_epochs=1, learning_rate=1e-9)
    assert np.allclose(model.decision_function(rows), foveal.load(path).decision_function(X), atol=1e-4)


def test_numbers_with_gaps_go_by_the_names_that_are_theirs(path):
    rows = Named(X.astype(np.float32))
    rows.class_names = ("cat", "cow", "dog")
    model = fitted(path, 2 * (np.arange(50) % 2), rows, freeze=True, n_epochs=1)
    assert model.classes_.tolist() == [0, 2]


def test_grey_and_six_channel_pictures(path):
    for rows in (X[..., :1], np.concatenate([X, X], axis=-1)):
        layout = {"layout": "NHWC"}
        model = fitted(path, rows=rows, n_epochs=1, freeze=True, **layout)
        assert model.net_.body.conv1.conv.weight.shape[1] == rows.shape[-1]
        assert len(model.net_.input.mean) == rows.shape[-1]


def test_what_is_done_is_said_at_verbose(path, capsys):
    fitted(path, np.arange(50) % 4, n_epochs=1, freeze=True, verbose=1)
    said = " ".join(capsys.readouterr().err.split())
    assert "weights='first.safetensors': the head (head) begins anew, for 4 outputs in place of 3" in said
    assert "input scaling is the file's own" in said
    assert "freeze: the body was run once over 50 rows, and the head learns from its features, 1 MB" in said


def test_pixels_of_another_scale_than_the_weights_are_warned_of(path):
    with pytest.warns(UserWarning, match="fit saw uint8 pixels up to 255, but X holds values up to 1"):
        fitted(path, rows=(X / 255).astype(np.float32), n_epochs=1)


def test_layer_decay_gives_early_layers_small_rates(path):
    decayed = fitted(path, n_epochs=1, layer_decay=1e-6)
    before = state(foveal.load(path))
    changes = {n: float((before[n] - t).abs().max()) for n, t in state(decayed).items() if n.endswith("weight")}
    assert changes["body.conv1.conv.weight"] < 1e-8 < 1e-4 < changes["body.head.weight"]
    shares = [group["share_of_learning_rate"] for group in decayed._state.optimizer.param_groups]
    assert shares == pytest.approx([1e-18, 1e-12, 1e-6, 1])
    assert decayed.history_["learning_rate"][0] == fitted(path, n_epochs=1).history_["learning_rate"][0]
    same = fitted(path, n_epochs=1, layer_decay=1.0)
    assert np.allclose(same.predict_proba(X), fitted(path, n_epochs=1).predict_proba(X), atol=1e-4)


@pytest.mark.parametrize("optimizer", ["muon", "momentum", "nadam", torch.optim.AdamW])
def test_layer_decay_with_other_optimizers(path, optimizer):
    assert len(fitted(path, n_epochs=1, layer_decay=0.5, optimizer=optimizer)._state.optimizer.param_groups) == 4


def test_a_users_network_and_its_own_weights(tmp_path):
    def net(shape, n_outputs):
        return nn.Sequential(nn.Flatten(), nn.Linear(108, 8), nn.BatchNorm1d(8), Dropout(0.3), nn.Linear(8, n_outputs))

    how = {"net": net, "batch_size": 10, "random_state": 0, "n_epochs": 2}
    first = CNNClassifier(**how).fit(X, Y)
    torch.save(first.net_.state_dict(), tmp_path / "own.pth")
    model = CNNClassifier(**how, weights=tmp_path / "own.pth", freeze=True).fit(X, Y)
    assert moved(state(first), state(model)) == {"body.4.weight", "body.4.bias"}
    assert moved(state(first, "input"), state(model, "input")) == set()
    frozen = CNNClassifier(**how | {"net": first.net_.body}, freeze=True).fit(X, Y)  # which has its weights in it
    assert moved(state(first), state(frozen)) == {"body.4.weight", "body.4.bias"}


def test_values_begin_with_a_models_weights_too(tmp_path):
    y = RNG.normal(size=50)
    model = CNNRegressor(**SMALL, n_epochs=1).fit(X, y)
    model.save(tmp_path / "values.safetensors")
    again = CNNRegressor(**SMALL, n_epochs=1, weights=tmp_path / "values.safetensors", learning_rate=1e-9).fit(X, y)
    assert np.allclose(again.predict(X), model.predict(X), atol=0.05)


def test_what_does_not_fit_is_told_before_an_epoch(path, tmp_path):
    with pytest.raises(ParameterError, match=r"does not fit the network: .*conv1.conv.weight \(float32 \(4, 3, 3, 3\)"):
        fitted(path, filter_size=5)
    with pytest.raises(ParameterError, match="freeze=True keeps the body as it begins"):
        CNNClassifier(freeze=True).fit(X, Y)
    torch.save({"w": torch.zeros(1)}, tmp_path / "small.pth")
    with pytest.raises(ParameterError, match=r"stem='full' has the first layers as published, and these are the small"):
        CNNClassifier(net="resnet18", weights=tmp_path / "small.pth").fit(X, Y)


def test_a_run_that_goes_on_knows_its_weights_by_their_content(path, tmp_path):
    own = tmp_path / "own.safetensors"
    own.write_bytes(path.read_bytes())
    run = {"checkpoint": tmp_path / "run", "n_epochs": 4}
    for _ in CNNClassifier(**SMALL, weights=own, **run).epochs(X, Y):
        break
    own.rename(tmp_path / "moved.safetensors")
    fitted(path, X[:50, ..., 0].mean((1, 2)) > 127, n_epochs=1).save(own)
    with pytest.raises(ParameterError, match=r"has weights='sha256:\w+', this one weights='sha256:\w+'; use the same"):
        CNNClassifier(**SMALL, weights=own, **run).fit(X, Y)
    model = CNNClassifier(**SMALL, weights=tmp_path / "moved.safetensors", **run).fit(X, Y)
    assert moved(state(model), state(fitted(path, n_epochs=4))) == set()
