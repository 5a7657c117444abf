"""What a fitted model explains: each kind of problem, each sort of rows, and which output."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import foveal
from foveal.core.errors import ParameterError
from foveal.core.forms import Part
from foveal.explain.methods import METHODS
from foveal.fitted.explaining import explained, explained_numbers, names_of_outputs, usual_method
from foveal.fitted.last_features import features_of
from foveal.fitted.predict import rows_of

SMALL = {"in_channels_list": [None, 4], "out_channels": 4, "in_features_list": [None, 8], "n_epochs": 1}


def values(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


@pytest.fixture(scope="module")
def digits():
    X, y = values(30, 8, 8), np.array(["a", "b", "c"])[np.arange(30) % 3]
    return foveal.CNNClassifier(**SMALL, random_state=0).fit(X, y), X


def same_state(net, before):
    return all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), before, strict=True))


@pytest.mark.parametrize("method", METHODS)
def test_a_classifier_explains_its_answer_or_a_class_by_label(digits, method):
    model, X = digits
    before = [t.clone() for t in model.net_.state_dict().values()]
    maps = model.explain(X, method)
    assert maps.shape == (30, 8, 8)
    assert maps.dtype == np.float32
    answers = model.predict(X)
    assert np.allclose(maps, model.explain(X, method, list(answers)), atol=1e-6)
    assert np.allclose(model.explain(X[:2], method, "b"), model.explain(X[:2], method, ["b", "b"]), atol=1e-6)
    assert not np.allclose(model.explain(X[:2], method, "b"), model.explain(X[:2], method, "c"))
    assert same_state(model.net_, before)
    assert not model.net_.training


def test_it_is_the_map_of_the_network(digits):
    model, X = digits
    x = torch.from_numpy(X)[:, None]
    assert np.allclose(model.explain(X, "saliency", "b"), foveal.explain.saliency(model.net_, x, 1).numpy(), atol=1e-7)


def test_blocks_do_not_matter(digits, monkeypatch):
    model, X = digits
    whole = {method: model.explain(X, method, "a") for method in METHODS}
    monkeypatch.setattr("foveal.fitted.predict.rows_at_once", lambda *sizes: 7)
    for method in METHODS:
        assert np.allclose(model.explain(X, method, "a"), whole[method], atol=1e-6)
    assert np.allclose(model.embed(X), features_of(model.fitted_, rows_of(model.fitted_, X)))


def test_predictions_are_as_they_were_on_compiled_kernels_too(digits):
    model, X = digits
    before = model.predict_proba(X)
    model.explain(X)
    assert np.array_equal(before, model.predict_proba(X))


def test_several_labels_values_masks_and_points_have_maps():
    X = values(24, 16, 16)
    labels = foveal.CNNClassifier(**SMALL).fit(X, (values(24, 3) > 0).astype(int))
    assert labels.explain(X[:2]).shape == (2, 16, 16)
    assert not np.allclose(labels.explain(X[:2], "saliency", 0), labels.explain(X[:2], "saliency", 2))
    one = foveal.CNNRegressor(**SMALL).fit(X, values(24))
    assert one.explain(X[:2], "occlusion").shape == (2, 16, 16)
    two = foveal.CNNRegressor(**SMALL).fit(X, values(24, 2))
    assert two.explain(X[:2], "integrated_gradients", 1).shape == (2, 16, 16)
    with pytest.raises(ParameterError, match="target must say which of the 2 values to explain, a number from 0"):
        two.explain(X[:2])
    masks = foveal.CNNSegmenter(net="unet(depth=1, width=4)", n_epochs=1).fit(X, (X > 0).astype("uint8") * 7)
    assert masks.explain(X[:2]).shape == (2, 16, 16)
    assert not np.allclose(masks.explain(X[:2], "saliency", 0), masks.explain(X[:2], "saliency", 7))
    net = "unet(depth=1, width=4)"
    points = foveal.CNNRegressor(task="points", net=net, n_epochs=1).fit(X, np.full((24, 2, 2), 5.0))
    assert points.explain(X[:2], "saliency", 1).shape == (2, 16, 16)
    with pytest.raises(ParameterError, match="target must say which of the 2 points"):
        points.explain(X[:2])


def test_points_are_explained_where_they_are_found():
    X = np.zeros((24, 16, 16), "float32")
    points = foveal.CNNRegressor(task="points", net="unet(depth=1, width=4)", n_epochs=1, random_state=0)
    points.fit(values(24, 16, 16), np.full((24, 1, 2), 5.0))
    X[:, 3, 12] = 50
    row, column = np.rint(points.predict(X[:1])[0, 0]).astype(int)
    found = points.explain(X[:1], "saliency")[0]
    near = found[max(0, row - 6) : row + 7, max(0, column - 6) : column + 7].sum()
    assert near > 0.9 * found.sum()


@pytest.mark.parametrize("shape", [(12, 30), (12, 2, 30), (12, 4, 8, 8), (12, 5)])
def test_signals_volumes_and_tables_have_maps(shape):
    X, y = values(*shape), np.arange(12) % 2
    layout = {2: "NL", 3: "NCL", 4: "NDHW"}[len(shape)]
    model = foveal.CNNClassifier(**SMALL, layout=layout).fit(X, y)
    for method in METHODS:
        assert model.explain(X[:3], method).shape == (3, *shape[1 + ("C" in layout) :])


def test_signals_of_unequal_length_have_maps_of_their_own_lengths():
    X = [values(2, n) for n in (9, 20, 14, 11) * 4]
    model = foveal.CNNClassifier(**SMALL, layout="NCL").fit(X, np.arange(16) % 2)
    for method in METHODS:
        maps = model.explain(X[:3], method)
        assert [len(each) for each in maps] == [9, 20, 14]
        assert np.allclose(maps[1], model.explain(X[1:2], method)[0], atol=1e-5)
    assert model.embed(X).shape[0] == 16


class Words:
    """Tokens of unequal length."""

    form = Part("tokens", (None,), "int64", 8, 30), Part("mask", (None,), "bool", 8)
    in_memory = True

    def __init__(self, rows):
        self.rows, self.lengths = rows, np.array([len(row) for row in rows])

    def __len__(self):
        return len(self.rows)

    def read(self, rows):
        tokens = np.zeros((len(rows), max(self.lengths[rows])), np.int64)
        for place, row in enumerate(rows):
            tokens[place, : self.lengths[row]] = self.rows[row]
        return tokens, tokens > 0

    def chosen(self, rows):
        return Words([self.rows[row] for row in rows])

    def statistics(self, rows, dtype):
        return None

    def digest(self):
        return repr(self.rows).encode()


class Net(nn.Module):
    def __init__(self, outputs):
        super().__init__()
        self.embedding, self.conv = nn.Embedding(30, 8, padding_idx=0), nn.Conv1d(8, 8, 3, padding=1)
        self.head = nn.Linear(8, outputs)

    def forward(self, tokens, mask):
        x = (self.embedding(tokens) * mask[..., None]).mT
        return self.head((torch.relu(self.conv(x)) * mask[:, None]).amax(2))


def test_words_that_decide_are_found():
    rng = np.random.default_rng(0)
    rows = [rng.integers(6, 30, rng.integers(5, 12)).tolist() for _ in range(400)]
    y, places = np.arange(400) % 2, rng.integers(0, 5, 400)
    for row, label, place in zip(rows, y, places, strict=True):
        row[place] = 3 + label
    model = foveal.CNNClassifier(
        net=lambda form, outputs: Net(outputs), n_epochs=15, learning_rate=0.01, random_state=0
    )
    model.fit(Words(rows), y)
    assert model.score(Words(rows), y) > 0.97
    assert usual_method(model.fitted_) == "occlusion"
    for method in (None, "occlusion", "integrated_gradients"):
        maps = model.explain(Words(rows[:60]), method, y[:60])
        assert [len(each) for each in maps] == [len(row) for row in rows[:60]]
        assert np.mean([each.argmax() == place for each, place in zip(maps, places, strict=False)]) > 0.9
    assert model.embed(Words(rows[:5])).shape == (5, 8)


def test_which_output_is_explained_can_be_asked(digits):
    fitted = digits[0].fitted_
    assert names_of_outputs(fitted) == ["a", "b", "c"]
    outputs = torch.tensor([[0.0, 1.0, 0.5], [2.0, 1.0, 0.0]])
    assert explained_numbers(fitted, None, outputs).tolist() == [1, 0]
    assert explained_numbers(fitted, ["c", "b"], outputs).tolist() == [2, 1]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"target": "d"}, "target must be one of the classes, a, b, c, got 'd'"),
        ({"target": 1}, "target must be one of the classes, a, b, c, got 1"),
        ({"target": ["a"]}, "target must be one, or one for each of the 30 rows, got 1"),
        ({"method": "gradcam"}, "method must be one of .* did you mean 'grad_cam'"),
        ({"method": "occlusion", "layer": "conv1"}, "layer='conv1' is for method='grad_cam', and 'occlusion' looks at"),
        ({"layer": "conv9"}, "layer must be one of the network's, .* did you mean 'conv"),
    ],
)
def test_what_there_is_not_is_told(digits, given, message):
    model, X = digits
    with pytest.raises(ParameterError, match=message):
        explained(model.fitted_, rows_of(model.fitted_, X), **given)


def test_classes_go_by_their_names_too():
    model = foveal.CNNClassifier(**SMALL, random_state=0).fit(values(20, 8, 8), np.arange(20) % 2)
    fitted = replace(model.fitted_, class_names=("cat", "dog"))
    rows = rows_of(fitted, values(4, 8, 8))
    assert np.array_equal(explained(fitted, rows, target="dog"), explained(fitted, rows, target=1))
    assert names_of_outputs(fitted) == ["cat", "dog"]
