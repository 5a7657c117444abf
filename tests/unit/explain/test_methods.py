import pytest
import torch

from foveal.explain.methods import METHODS

from .nets import rows, small


@pytest.mark.parametrize("name", METHODS)
def test_a_method_without_a_sign_gives_nothing_below_0(name):
    found = METHODS[name].function(small(), rows(8), 1)
    assert found.shape == (8, 8, 8)
    assert bool((found < 0).any()) == METHODS[name].signed


@pytest.mark.parametrize("name", METHODS)
def test_columns_of_a_table_have_a_map_too(name):
    net = torch.nn.Sequential(torch.nn.Conv1d(1, 3, 3, padding=1), torch.nn.Flatten(), torch.nn.Linear(15, 2))
    assert METHODS[name].function(net, torch.rand(2, 1, 5), 1).shape == (2, 5)
