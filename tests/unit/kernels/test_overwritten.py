"""Activations that write over their input and their gradient compute the same bits as PyTorch's."""

import pytest
import torch
from torch import nn

from foveal.kernels import overwritten
from foveal.kernels.overwritten import overwriting

VALUES = (float("nan"), float("inf"), -float("inf"), 0.0, -0.0, 6.0, -1.0, 2.0, 7.0)


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("large", [1, 100])
@pytest.mark.parametrize("act", [nn.ReLU(), nn.ReLU6()], ids=["ReLU", "ReLU6"])
def test_values_and_gradients_are_the_same_bits_in_less_memory(act, large, alone, monkeypatch):
    monkeypatch.setattr(overwritten, "LARGE", large)
    weight = torch.tensor(VALUES).requires_grad_()
    found = []
    for compute in (act, overwriting(act, alone=alone)):
        x = weight.neg().neg()  # a value that nobody else reads
        out = compute(x)
        gradient = torch.arange(1.0, 1 + len(VALUES))
        (back,) = torch.autograd.grad(out, weight, gradient)
        found.append((out.detach(), back))
    assert all(torch.equal(a.nan_to_num(9), b.nan_to_num(9)) for a, b in zip(*found, strict=True))
    clipped = type(act) is nn.ReLU6 and large == 1
    assert (out.data_ptr() == x.data_ptr()) is (clipped or type(act) is nn.ReLU)
    assert torch.equal(gradient, torch.arange(1.0, 1 + len(VALUES))) is not (clipped and alone)


def test_others_are_left_alone():
    hooked = nn.ReLU()
    hooked.register_forward_hook(lambda *_: None)
    assert overwriting(hooked, alone=True) is None
    assert overwriting(nn.GELU(), alone=True) is None
