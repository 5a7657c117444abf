"""Filters of several widths against convolutions, one text at a time; gradients against finite differences."""

import pytest
import torch
from torch.nn import functional as F

from foveal.core.errors import ParameterError
from foveal.layers.text_filters import TextFilters

LENGTHS = torch.tensor([7, 1, 0, 4])


def rows(seed=0):
    x = torch.randn(4, 7, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return x * (torch.arange(7) < LENGTHS[:, None])[..., None]


def filters():
    torch.manual_seed(0)
    return TextFilters(5, (1, 3, 4), 3).double()


def by_definition(layer, x, lengths):
    """Convolve each text alone, zeros at both ends, and take the strongest answer of each filter."""
    out = []
    for row, n in zip(x, lengths.tolist(), strict=True):
        found = []
        parts = layer.weight.split([width * layer.maps for width in layer.widths])
        for width, part, bias in zip(layer.widths, parts, layer.bias.view(-1, layer.maps), strict=True):
            kernel = part.view(width, layer.maps, -1).permute(1, 2, 0)
            answers = (
                F.conv1d(row[None, :n].mT, kernel, bias, padding=width - 1) if n else torch.zeros(1, layer.maps, 1)
            )
            found.append(torch.relu(answers.amax(2)[0]) if n else answers[0, :, 0].double())
        out.append(torch.cat(found))
    return torch.stack(out)


def test_answers_are_those_of_convolutions():
    layer, x = filters(), rows()
    assert torch.allclose(layer(x, LENGTHS), by_definition(layer, x, LENGTHS), rtol=0, atol=1e-12)


def test_gradients_are_those_of_convolutions():
    layer, x = filters(), rows()
    given = torch.randn(4, 9, dtype=torch.float64)
    grads = []
    for compute in (layer, lambda x, n: by_definition(layer, x, n)):
        leaf = x.clone().requires_grad_()
        layer.zero_grad()
        (compute(leaf, LENGTHS) * given).sum().backward()
        there = (torch.arange(7) < LENGTHS[:, None])[..., None]
        grads.append((leaf.grad * there, layer.weight.grad.clone(), layer.bias.grad.clone()))
    for one, other in zip(*grads, strict=True):
        assert torch.allclose(one, other, rtol=0, atol=1e-12)


def test_gradients_are_those_of_finite_differences():
    layer, x = filters(), rows(1)
    there = (torch.arange(7) < LENGTHS[:, None])[..., None]

    def compute(x, weight, bias):
        return torch.func.functional_call(layer, {"weight": weight, "bias": bias}, (x * there, LENGTHS))

    given = (x, layer.weight.detach(), layer.bias.detach())
    assert torch.autograd.gradcheck(compute, [leaf.clone().requires_grad_() for leaf in given])


def test_a_share_without_rows_has_a_gradient_of_zeros():
    layer = filters()
    out = layer(torch.zeros(0, 2, 5, dtype=torch.float64), torch.zeros(0, dtype=torch.int64))
    out.sum().backward()
    assert out.shape == (0, 9)
    assert layer.weight.grad.abs().sum() == 0


def test_padding_is_never_looked_at():
    layer, x = filters(), rows()
    longer = torch.cat((x, torch.zeros(4, 9, 5, dtype=torch.float64)), 1)
    assert torch.equal(layer(longer, LENGTHS), layer(x, LENGTHS))
    assert layer(x, LENGTHS)[2].tolist() == [0] * 9


def test_its_sizes_and_first_weights():
    layer = TextFilters(300, (3, 4, 5), 100)
    assert sum(p.numel() for p in layer.parameters()) == 300 * 12 * 100 + 300
    bounds = [
        part.abs().max().item() * (300 * width) ** 0.5
        for width, part in zip((3, 4, 5), layer.weight.split([300, 400, 500]), strict=True)
    ]
    assert all(0.95 < bound <= 1 for bound in bounds)
    assert "widths=(3, 4, 5)" in repr(layer)
    with pytest.raises(ParameterError, match=r"widths and maps must be at least 1, got \(3, 0\) and 2"):
        TextFilters(2, (3, 0), 2)
