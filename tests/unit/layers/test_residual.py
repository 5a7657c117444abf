import pytest
import torch
from torch import nn

from foveal.core.errors import ParameterError
from foveal.layers import Residual, ZeroChannels, wiring_of


def conv(before, after, stride=1):
    return nn.Conv2d(before, after, 3, stride=stride, padding=1)


def test_a_shortcut_of_several_named_modules_runs_in_their_order():
    beside = {"skip": conv(2, 4), "skipbn": nn.Tanh()}
    block = Residual({"rep": conv(2, 4)}, beside)
    x = torch.randn(2, 2, 5, 5)
    assert torch.equal(block(x), block.rep(x) + torch.tanh(beside["skip"](x)))
    assert list(block.state_dict()) == ["rep.weight", "rep.bias", "skip.weight", "skip.bias"]


def test_a_shortcut_reads_what_the_first_modules_give():
    row = {"norm": nn.Tanh(), "conv": conv(2, 4)}
    block = Residual(row, conv(2, 4), after=1)
    x = torch.randn(2, 2, 5, 5)
    assert torch.equal(block(x), row["conv"](x.tanh()) + block.downsample(x.tanh()))


def test_without_a_shortcut_the_input_itself_is_added_whatever_after_says():
    block = Residual({"norm": nn.Tanh(), "conv": conv(2, 2)}, after=1)
    x = torch.randn(2, 2, 5, 5)
    assert torch.equal(block(x), block.conv(x.tanh()) + x)


def test_the_wiring_names_what_runs_beside():
    beside = {"skip": conv(2, 4), "pad": ZeroChannels(1)}
    block = Residual({"act": nn.Tanh(), "conv": conv(2, 5)}, beside, activation="relu", after=1)
    first, join, act = wiring_of(block)
    assert (first, act) == (block.act, block.sum_act)
    assert join.rows == ((block.conv,), (block.skip, block.pad))


@pytest.mark.parametrize(
    ("body", "shortcut"), [("sum_act", None), ("downsample", conv(2, 2)), ("skip", {"skip": conv(2, 2)})]
)
def test_a_name_that_is_taken_is_refused(body, shortcut):
    with pytest.raises(ParameterError, match=f"body must not name a module '{body}': that name is taken; give it"):
        Residual({body: conv(2, 2)}, shortcut)
