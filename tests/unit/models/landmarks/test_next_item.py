"""NextItNet: how far a place sees, and what its sizes say."""

import pytest
import torch

from foveal.core.errors import ParameterError
from foveal.core.forms import Part
from foveal.models import network_named

FORM = (Part("items", (None,), "int64", values=21), Part("mask", (None,), "bool"))


@pytest.mark.parametrize(("layers", "filter_size", "sees"), [(2, 3, 7), (4, 2, 16), (8, 3, 61)])
def test_a_place_sees_as_many_items_as_the_docstring_says(layers, filter_size, sees):
    torch.manual_seed(0)
    net = network_named(f"next_item(width=8, layers={layers}, filter_size={filter_size})").make(FORM, 20).eval()
    items, mask = torch.randint(1, 21, (1, 80)), torch.ones(1, 80, dtype=torch.bool)
    first = net(items, mask)
    for place, seen in ((80 - sees, True), (80 - sees - 1, False)):
        changed = items.clone()
        changed[0, place] = changed[0, place] % 20 + 1
        assert torch.equal(net(changed, mask), first) != seen


def test_counts_of_weights():
    net = network_named("next_item").make(FORM, 20)
    layer = 64 * 64 * 3 + 64 + 2 * 64
    assert sum(p.numel() for p in net.parameters()) == 21 * 64 + 8 * layer + 21
    with pytest.raises(ParameterError, match="next_item takes width and layers"):
        network_named("next_item(depth=3)")
