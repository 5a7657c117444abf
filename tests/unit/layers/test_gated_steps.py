"""Gated convolutions, against a sum over taps written out, and step by step."""

import pytest
import torch

from foveal.layers.gated_steps import GatedSteps


@pytest.mark.parametrize(("kernel", "causal"), [(1, True), (3, True), (4, True), (3, False), (4, False)])
def test_a_place_is_the_gated_sum_over_its_taps(kernel, causal):
    torch.manual_seed(kernel)
    layer, x = GatedSteps(3, kernel, 0.0, causal=causal), torch.randn(2, 6, 3)
    taps, before = layer.taps.weight.view(6, kernel, 3), kernel - 1 if causal else (kernel - 1) // 2
    expected = torch.zeros(2, 6, 6)
    for place in range(6):
        for tap in range(kernel):
            if 0 <= place + tap - before < 6:
                expected[:, place] += x[:, place + tap - before] @ taps[:, tap].T
    torch.testing.assert_close(layer(x), expected[..., :3] * expected[..., 3:].sigmoid())


def test_a_causal_layer_sees_nothing_that_comes():
    layer, x = GatedSteps(3, 3, 0.0, causal=True), torch.randn(1, 6, 3)
    other = x.clone()
    other[:, 4:] = 0
    torch.testing.assert_close(layer(x)[:, :4], layer(other)[:, :4])


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
def test_taps_are_those_of_a_convolution_however_rows_lie(kernel, causal):
    torch.manual_seed(0)
    layer = GatedSteps(4, kernel, 0.0, causal=causal).double()
    x = torch.randn(3, 4, 6, dtype=torch.float64).transpose(1, 2).requires_grad_()  # (B, T, C), C strided
    filters = layer.taps.weight.view(8, kernel, 4).permute(0, 2, 1)
    before = kernel - 1 if causal else (kernel - 1) // 2
    padded = torch.nn.functional.pad(x.transpose(1, 2), (before, kernel - 1 - before))
    wanted = torch.nn.functional.glu(torch.nn.functional.conv1d(padded, filters, layer.taps.bias), 1).transpose(1, 2)
    torch.testing.assert_close(layer(x), wanted)
    grads = [torch.autograd.grad(out.square().sum(), x, retain_graph=True)[0] for out in (layer(x), wanted)]
    torch.testing.assert_close(*grads)
