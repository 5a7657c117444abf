"""When the features of a frozen body are kept, and that they are what the body gives."""

import numpy as np
import pytest
import torch

from foveal import CNNClassifier
from foveal.data.batches import Batch
from foveal.fitting import features
from foveal.fitting.features import ROWS, Tail
from foveal.fitting.inputs import checked_parameters
from foveal.fitting.prepare import prepare
from foveal.fitting.request import Request
from foveal.tasks.classification import CLASSIFICATION

SMALL = {"in_channels_list": (None, 3), "out_channels": 4, "in_features_list": (None, 5), "random_state": 0,
         "batch_size": 8, "valid_size": 0.25, "dropout_rate": 0.5}  # fmt: skip
X, Y = np.random.default_rng(0).normal(size=(40, 6, 6)).astype(np.float32), np.arange(40) % 2


@pytest.fixture
def path(tmp_path):
    model = CNNClassifier(**SMALL, n_epochs=1).fit(X, Y)
    torch.save(model.net_.state_dict(), tmp_path / "a.pth")
    return tmp_path / "a.pth"


def prepared(path, **parameters):
    p = CNNClassifier(**{**SMALL, "weights": path, "freeze": True, **parameters}).get_params(deep=False)
    return prepare(Request("CNNClassifier", checked_parameters(p), CLASSIFICATION), X, Y)


def test_features_are_what_the_body_gives_in_inference_row_by_row(path):
    job, plain = prepared(path), prepared(path, freeze=False)
    assert isinstance(job.task.run, Tail)
    assert job.task.run.names == ("body.dense1.dropout", "body.head")
    index = torch.arange(30)
    kept = job.batches.inputs.gather(index)
    rows = plain.batches.inputs.gather(index)
    net = job.state.net.eval()
    out = job.task.run(net, Batch(kept, (), None))
    with torch.no_grad():
        assert torch.allclose(out, net(*rows), atol=1e-5)
    assert kept[0].shape == (30, 5)
    assert (len(job.valid.inputs), job.valid.batch_size) == (10, ROWS)
    assert torch.equal(job.batches.targets[0], plain.batches.targets[0])
    assert any("the body was run once over 40 rows" in sentence for sentence in job.said)


@pytest.mark.parametrize(
    "other", [{"freeze": False}, {"freeze": 2}, {"augment": "flip"}, {"augment": ["shift"]}], ids=lambda p: str(p)
)
def test_they_are_not_kept_where_they_would_change(path, other):
    assert prepared(path, **other).task.run is None


def test_they_are_not_kept_where_there_is_no_room(path, monkeypatch):
    monkeypatch.setattr(features, "memory_for", lambda needed, device: needed - 1)
    assert prepared(path).task.run is None


def test_feature_maps_are_kept_as_stores_hold_rows(tmp_path):
    """A head that is a convolution reads maps, (N, C, H, W)."""
    net = torch.nn.Sequential(
        torch.nn.Conv2d(1, 3, 3), torch.nn.ReLU(), torch.nn.Conv2d(3, 2, 4), torch.nn.Flatten(),
    )  # fmt: skip
    p = {"net": net, "weights": None, "in_channels_list": None, "out_channels": None, "in_features_list": None,
         "dropout_rate": 0.5}  # fmt: skip
    job, plain = prepared(None, **p), prepared(None, **p, freeze=False)
    assert job.task.run.names == ("body.2", "body.3")
    (maps,) = job.batches.inputs.gather(torch.arange(4))
    assert maps.shape == (4, 3, 4, 4)
    (rows,) = plain.batches.inputs.gather(torch.arange(4))
    with torch.no_grad():
        assert torch.allclose(maps, net[:2](plain.state.net.input(rows)), atol=1e-6)
