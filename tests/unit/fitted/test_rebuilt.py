"""A network held against tensors: which one does not fit, and what a user's buffers may be."""

import numpy as np
import pytest
import torch
from torch import nn

import foveal
from foveal import CNNClassifier
from foveal.core.tensor_files import signature
from foveal.fitted import network
from foveal.fitted.rebuilt import departs, difference, dtype_of, fill

WEIGHTS = {"weight": ("F32", (1, 2)), "bias": ("F32", (1,))}


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        (WEIGHTS, None),
        (WEIGHTS | {"weight": ("F64", (1, 2))}, "tensor 'weight' does not fit the network, which has F32 (1, 2)"),
        (WEIGHTS | {"other": ("F32", ())}, "tensor 'other' does not fit the network, which has none of the name"),
        ({"weight": WEIGHTS["weight"]}, "tensor 'bias' does not fit the network, which has F32 (1,): it is missing"),
    ],
)
def test_the_first_that_does_not_fit_is_told(tensors, words):
    found = difference(nn.Linear(2, 1), tensors, resized=False)
    assert found == words if words is None else found.startswith(words)


class Buffers(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.zeros(1))
        self.register_buffer("kept", None)
        self.weight = nn.Parameter(torch.zeros(1))


def test_a_users_buffers_may_have_another_size_or_be_filled_but_not_be_gone():
    grown = {"weight": torch.ones(1), "seen": torch.ones(3), "kept": torch.ones(2, dtype=torch.int64)}
    assert difference(Buffers(), signature(grown), resized=True) is None
    assert "tensor 'kept'" in difference(Buffers(), signature(grown), resized=False)
    assert "'weight'" in difference(Buffers(), signature(grown | {"weight": torch.ones(2)}), resized=True)
    assert "it is missing" in difference(Buffers(), {"weight": ("F32", (1,))}, resized=True)
    net = Buffers()
    fill(net, grown)
    assert all(torch.equal(net.state_dict()[name], value) for name, value in grown.items())


def test_the_dtype_is_the_inputs_else_what_the_settings_ask_for():
    assert dtype_of({"precision": "auto"}, {"body.w": ("F64", ())}) == torch.float32
    assert dtype_of({"precision": "auto"}, {"input.mean": ("F64", (1,))}) == torch.float64
    assert dtype_of({"precision": "float64"}, {"input.mean": ("F32", (1,))}) == torch.float32


def test_where_memory_lacks_for_a_second_network_the_first_is_saved_all_the_same(tmp_path, monkeypatch):
    X, y = np.random.default_rng(0).normal(size=(12, 6, 6)), np.arange(12) % 2
    model = CNNClassifier(in_channels_list=(None, 4), n_epochs=1, random_state=0).fit(X, y)
    settings, form = dict(model.fitted_.settings), model.fitted_.form
    assert departs(settings, form, 2, model.net_) is None
    assert departs(settings, form, 3, model.net_).startswith("tensor 'body")
    assert departs(settings | {"net": nn.Flatten()}, form, 3, model.net_) is None  # that is the user's
    with monkeypatch.context() as patch:
        patch.setattr(network, "memory_for", lambda needed, device: 0)
        model.save(tmp_path / "m")
    np.testing.assert_array_equal(foveal.load(tmp_path / "m").predict_proba(X), model.predict_proba(X))
