import numpy as np
import pytest
import torch
from torch import nn

from foveal.core.errors import DataError, ParameterError
from foveal.explain.features import last_features, nearest, neighbour_plane, principal_plane

from .nets import Words, rows, sentences, small


def test_the_answer_is_a_linear_function_of_the_features():
    net, x = small(), rows()
    features = last_features(net, x)
    assert features.shape == (3, 6)
    assert net[0].training
    assert torch.allclose(net[9](features), net.eval()(x))
    words = Words()
    assert torch.allclose(words.head(last_features(words, sentences())), words(*sentences()))


def test_features_with_places_are_averaged():
    net = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.Conv2d(3, 2, 1))
    x = rows()
    assert torch.allclose(last_features(net, x), net[:2](x).mean((2, 3)), atol=1e-6)


class Whole(nn.Module):
    """Has a weight of its own, as a transformer has its first token, beside its layers."""

    def __init__(self):
        super().__init__()
        self.first = nn.Parameter(torch.zeros(3))
        self.body = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.utils.parametrizations.weight_norm(nn.Linear(3, 2, bias=False))

    def forward(self, x):
        return self.head(self.body(x) + self.first)


def test_a_weight_beside_the_layers_is_no_layer():
    net, x = nn.Sequential(nn.Identity(), Whole()), rows()
    assert torch.allclose(last_features(net, x), net[1].body(x))


def test_a_network_without_weights_has_none():
    with pytest.raises(ParameterError, match="no layer with weights that reads numbers"):
        last_features(nn.Sequential(nn.Flatten()), rows())


def test_the_nearest_are_those_of_the_largest_cosine(monkeypatch):
    rng = np.random.default_rng(0)
    one, other = torch.from_numpy(rng.normal(size=(5, 3))), torch.from_numpy(rng.normal(size=(9, 3)))
    cosine = nn.functional.cosine_similarity(one[:, None], other[None], dim=2)
    found = nearest(one, other, 3)
    assert torch.allclose(found.similarity, cosine.topk(3, dim=1).values)
    assert torch.equal(found.rows, cosine.topk(3, dim=1).indices)
    monkeypatch.setattr("foveal.explain.features._BLOCK", 18)
    assert torch.equal(nearest(one, other, 3).rows, found.rows)
    with pytest.raises(DataError, match="10 nearest rows were asked for among 9; ask for fewer"):
        nearest(one, other, 10)


def test_the_plane_is_scikit_learns():
    from sklearn.decomposition import PCA

    X = np.random.default_rng(0).normal(size=(30, 5)) * [1, 2, 3, 4, 5]
    theirs = PCA(2).fit(X)
    found = principal_plane(torch.from_numpy(X))
    assert np.allclose(np.abs(found.points.numpy()), np.abs(theirs.transform(X)))
    assert found.share == pytest.approx(theirs.explained_variance_ratio_.sum())
    assert found.method == "PCA"


@pytest.mark.parametrize("features", [torch.ones(3, 4), torch.arange(3.0)[:, None], torch.ones(1, 2)])
def test_odd_features_have_a_plane(features):
    assert principal_plane(features).points.isfinite().all()


def test_tsne_keeps_groups_apart_and_says_what_it_is():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(20, 8)) + 20 * k for k in range(2)])
    found = neighbour_plane(torch.from_numpy(X))
    centres = found.points.view(2, 20, 2).mean(1)
    assert found.method == "t-SNE"
    assert (centres[0] - centres[1]).norm() > 2 * found.points.view(2, 20, 2).std(1).max()
    with pytest.raises(DataError, match="t-SNE needs at least 5 rows, got 3; take PCA"):
        neighbour_plane(torch.ones(3, 2))
