"""Forms, and the rows of zeros that are made of them."""

import pytest
import torch
from torch import nn

from foveal.core.forms import Part, as_form, form_of
from foveal.core.zero_rows import zero_rows


def test_a_shape_is_the_form_of_one_part():
    assert as_form((3, 8, 8)) == form_of((3, 8, 8)) == as_form(form_of((3, 8, 8)))


def test_an_axis_that_varies_has_a_length_for_zeros():
    tokens = Part("tokens", (None,), "int64", 7)
    assert tokens.varies
    assert tokens.sizes == (7,)
    assert not Part("x", (1, 8)).varies


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rows_of_zeros_come_as_the_store_gives_rows(dtype):
    net = nn.Conv2d(3, 1, 1).to(dtype)
    (x,) = zero_rows(net, (3, 4, 5), rows=2)
    assert x.shape == (2, 3, 4, 5)
    assert x.dtype == dtype
    assert x.is_contiguous(memory_format=torch.channels_last)


def test_tokens_are_whole_numbers_and_a_mask_lets_everything_count():
    form = Part("tokens", (None,), "int64"), Part("mask", (None,), "bool")
    tokens, mask = zero_rows(nn.Embedding(5, 2), form, rows=3)
    assert (tokens.dtype, mask.dtype) == (torch.int64, torch.bool)
    assert tokens.shape == mask.shape == (3, 16)
    assert bool(mask.all())


def test_rows_of_zeros_lie_where_the_network_lies():
    (x,) = zero_rows(nn.Linear(4, 1, device="meta"), (1, 4))
    assert x.device.type == "meta"
