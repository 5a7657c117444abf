"""What `weights` names: three kinds of file, the input scaling that belongs to each, and what does not fit."""

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from foveal import CNNClassifier
from foveal.core.errors import ModelFileError, ParameterError
from foveal.core.forms import Part
from foveal.core.parameters import PARAMETERS
from foveal.data.source import Statistics
from foveal.fitted.first_weights import TORCHVISION, adapted, read_first_weights

COLOUR = (Part("x", (3, 8, 8), "uint8"),)
SMALL = {"in_channels_list": (None, 2), "out_channels": 2, "in_features_list": (None, 4), "n_epochs": 1,
         "random_state": 0, "valid_size": 0}  # fmt: skip


def given(weights, **parameters):
    return {p.name: p.default for p in PARAMETERS.values()} | {"weights": weights} | parameters


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 256, (12, 8, 8, 3), dtype=np.uint8), np.array(["cat", "dog"])[np.arange(12) % 2]
    fitted = CNNClassifier(**SMALL).fit(X, y)
    fitted.save(path := tmp_path_factory.mktemp("models") / "pets.safetensors")
    return fitted, path


def test_nothing_is_read_where_none_is_named():
    assert read_first_weights(given(None), COLOUR) is None


def test_a_model_brings_names_scale_and_labels(model):
    fitted, path = model
    first = read_first_weights(given(str(path)), COLOUR)
    state = fitted.net_.get_submodule("body").state_dict()
    assert first.tensors.keys() == state.keys()
    assert all(torch.equal(first.tensors[name], state[name]) for name in state)
    assert np.allclose(first.scale.mean, fitted.net_.input.mean.numpy(), atol=0)
    assert first.scale.scale == 255
    assert (first.labels.kind, first.labels.names) == ("classification", ("cat", "dog"))
    assert first.about == {"name": "pets.safetensors", "sha256": first.digest}
    assert len(first.digest) == 64


def test_a_model_of_another_net_is_refused_with_both_names(model, tmp_path):
    with pytest.raises(ParameterError, match=r"is a model of net='plain', and this one is net='resnet18'; use"):
        read_first_weights(given(str(model[1]), net="resnet18"), COLOUR)
    own = CNNClassifier(net=lambda shape, n: nn.Sequential(nn.Flatten(), nn.Linear(192, n)), n_epochs=1, valid_size=0)
    own.fit(np.zeros((4, 3, 8, 8)), [0, 1, 0, 1]).save(tmp_path / "own.safetensors", given="net")
    with pytest.raises(ParameterError, match="is a model of a network of its user's own, and this one is net='plain'"):
        read_first_weights(given(tmp_path / "own.safetensors"), COLOUR)
    assert read_first_weights(given(tmp_path / "own.safetensors", net=own.net), COLOUR).tensors.keys() == {
        "1.weight", "1.bias",
    }  # fmt: skip


def test_a_whole_state_dict_has_its_scaling_in_it(model, tmp_path):
    fitted, _ = model
    torch.save(fitted.net_.state_dict(), tmp_path / "a.pth")
    plain = {name: tensor.contiguous() for name, tensor in fitted.net_.state_dict().items()}
    safetensors.torch.save_file(plain, tmp_path / "a.safetensors")
    for name in ("a.pth", "a.safetensors"):
        first = read_first_weights(given(tmp_path / name), COLOUR)
        assert first.tensors.keys() == fitted.net_.get_submodule("body").state_dict().keys()
        assert np.array_equal(first.scale.deviation, fitted.net_.input.deviation.double().numpy())
        assert (first.scale_source, first.labels) == ("the file's own", None)


def test_names_of_the_catalogue_for_colour_have_torchvisions_scaling(tmp_path):
    torch.save({"conv1.weight": torch.zeros(4, 3, 3, 3)}, tmp_path / "a.pth")
    bytes_, floats = COLOUR, (Part("x", (3, 8, 8), "float32"),)
    for form, scale, said in ((bytes_, 255, ()), (floats, 1, ("pixels that are no uint8 are taken as 0 to 1",))):
        first = read_first_weights(given(tmp_path / "a.pth", net="resnet18"), form)
        assert (tuple(first.scale.mean), tuple(first.scale.deviation)) == TORCHVISION
        assert (first.scale.scale, first.said) == (scale, said)
        assert "torchvision's, mean (0.485" in first.scale_source
    halved = read_first_weights(given(tmp_path / "a.pth", net="inception_v3"), COLOUR).scale
    assert (halved.mean.tolist(), halved.deviation.tolist(), halved.scale) == ([0.5] * 3, [0.5] * 3, 255)
    for net, form in (("plain", COLOUR), (nn.Linear(1, 1), COLOUR), ("resnet18", (Part("x", (3, 8), "float32"),))):
        assert read_first_weights(given(tmp_path / "a.pth", net=net), form).scale is None


def test_what_is_no_file_of_weights_is_told(tmp_path, model):
    text, other = tmp_path / "a.txt", tmp_path / "other.safetensors"
    text.write_text("no weights")
    safetensors.torch.save_file({"a": torch.zeros(2)}, other, {"format": "foveal-checkpoint"})
    cases = [
        (tmp_path / "none.pth", "cannot be read: there is no such file, or it is empty"),
        (tmp_path, "cannot be read: there is no such file"),
        (text, "is no file of weights; give a foveal model, a safetensors state dict, or what torch.save"),
        (other, "is a checkpoint, not a model; save() writes the model of its run"),
    ]
    for path, words in cases:
        with pytest.raises(ModelFileError) as told:
            read_first_weights(given(path), COLOUR)
        assert words in str(told.value)
    damaged = bytearray(model[1].read_bytes())
    damaged[-1] ^= 1
    (tmp_path / "damaged.safetensors").write_bytes(bytes(damaged))
    with pytest.raises(ModelFileError, match="is damaged: its content does not have the hash"):
        read_first_weights(given(tmp_path / "damaged.safetensors"), COLOUR)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"input.deviation": torch.tensor([1.0, 0, 1])}, "input.deviation and input.scale must be more than 0"),
        ({"input.scale": torch.tensor([1.0, 2])}, r"input.scale must be one number, got shape \(2,\)"),
        ({"input.mean": torch.tensor([1.0, float("nan"), 0])}, "it has no sound input.mean, input.deviation"),
        ({"input.mean": torch.tensor([1, 2, 3])}, "it has no sound input.mean"),
        ({"input.mean": torch.zeros(2)}, "input.mean and input.deviation differ in shape"),
    ],
)
def test_a_scaling_that_is_not_sound_is_refused(tmp_path, change, words):
    sound = {"body.a": torch.zeros(1), "input.mean": torch.zeros(3), "input.deviation": torch.ones(3),
             "input.scale": torch.tensor(255.0)}  # fmt: skip
    torch.save(sound | change, tmp_path / "a.pth")
    with pytest.raises(ModelFileError, match=words):
        read_first_weights(given(tmp_path / "a.pth"), COLOUR)


def test_scaling_for_other_channels():
    scale = Statistics(np.array([1.0, 2, 3]), np.array([4.0, 5, 6]), 255.0)
    grey, six = (adapted(scale, (Part("x", (n, 8, 8), "uint8"),)) for n in (1, 6))
    assert (grey.mean.tolist(), grey.deviation.tolist(), grey.scale) == ([2], [5], 255)
    assert (six.mean.tolist(), six.deviation.tolist()) == ([1, 2, 3, 1, 2, 3], [4, 5, 6, 4, 5, 6])
    assert adapted(scale, COLOUR) is scale
    table = Statistics(np.zeros((1, 5)), np.ones((1, 5)))
    with pytest.raises(ParameterError, match=r"they are of a table of 5 columns, .* and X has rows of \(1, 4\)"):
        adapted(table, (Part("x", (1, 4), "float32"),))
