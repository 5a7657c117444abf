"""Trained weights in a new network: what is copied, what is kept of the head, and what does not fit, by name."""

from collections import OrderedDict

import pytest
import torch
from torch import nn

from foveal.core.errors import ModelFileError, ParameterError
from foveal.fitted.first_weights import FirstWeights, Labels
from foveal.fitted.transfer import Outputs, begin_with
from foveal.layers import BatchNorm
from foveal.models import MODELS

PETS = Labels("classification", ("cat", "dog"))
MORE = Labels("classification", ("ant", "cat", "dog"))


def small(channels=3, outputs=2, seed=0) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(channels, 4, 3), norm=BatchNorm(4), pool=nn.AdaptiveAvgPool2d(1), flat=nn.Flatten(),
            head=nn.Linear(4, outputs),
        )
    )  # fmt: skip


def first(net, labels=None, **changes) -> FirstWeights:
    tensors = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    tensors = {name: tensor for name, tensor in (tensors | changes).items() if tensor is not None}
    return FirstWeights("a.pth", "0" * 64, tensors, labels=labels)


def begun(net, weights, channels=3, labels=PETS, hint=""):
    return begin_with(net, weights, channels, Outputs("head", labels), hint)


def test_all_is_copied_and_the_head_is_kept_for_as_many_outputs():
    net, other = small(seed=1), small(seed=2)
    assert begun(net, first(other)) == ["the head (head) is kept"]
    mine, theirs = net.state_dict(), other.state_dict()
    assert all(torch.equal(mine[name], theirs[name]) for name in mine if not name.endswith("tracked"))


def test_copies_are_exact_in_both_precisions():
    other = small(seed=2)
    net = small(seed=1).double()
    begun(net, first(other))
    assert torch.equal(net.conv.weight, other.conv.weight.double())
    half = first(other, **{"conv.weight": other.conv.weight.detach().bfloat16()})
    begun(net, half)
    assert torch.equal(net.conv.weight, other.conv.weight.bfloat16().double())


@pytest.mark.parametrize(
    ("before", "now", "said", "rows"),
    [
        (PETS, PETS, "is kept", {0: 0, 1: 1}),
        (PETS, MORE, "keeps the rows of 2 classes, 1 begin anew", {1: 0, 2: 1}),
        (PETS, Labels("classification", ("dog", "cat")), "keeps the rows of 2 classes", {0: 1, 1: 0}),
        (PETS, Labels("classification", ("dog", "fox")), "begins anew, for other outputs", {}),
        (PETS, Labels("classification", ("dog", "eel", "fox")), "begins anew, for 3 outputs in place of 2", {}),
        (PETS, Labels("labels", ("cat", "dog")), "begins anew, for other outputs", {}),
        (Labels("classification", (0, 1)), Labels("classification", (False, True)), "begins anew", {}),
        (Labels("regression", None), Labels("regression", None), "is kept", {0: 0, 1: 1}),
        (Labels("regression", None), PETS, "begins anew, for other outputs", {}),
        (None, PETS, "is kept", {0: 0, 1: 1}),
        (None, Labels("classification", ("a", "b", "c")), "begins anew, for 3 outputs in place of 2", {}),
    ],
)  # fmt: skip
def test_rows_of_the_head_follow_the_classes_names(before, now, said, rows):
    n_outputs = 2 if now.names is None else len(now.names)
    old, net = small(seed=1), small(outputs=n_outputs, seed=2)
    fresh = net.head.weight.detach().clone()
    (told,) = begun(net, first(old, before), labels=now)
    assert told.startswith("the head (head)")
    assert told.endswith(said) or said in told
    for row in range(n_outputs):
        wanted = old.head.weight[rows[row]] if row in rows else fresh[row]
        assert torch.equal(net.head.weight[row], wanted)
    assert torch.equal(net.conv.weight, old.conv.weight)


def test_a_file_without_a_head_leaves_it_new():
    told = begun(small(seed=2), first(small(), **{"head.weight": None, "head.bias": None}))
    assert told == ["the head (head) begins anew: the file has none"]


def test_what_is_new_of_a_head_is_drawn_small_whatever_the_number_of_outputs():
    net, old = small(outputs=3, seed=2), small(seed=1)
    with torch.no_grad():
        net.head.weight.fill_(100.0)
    begin_with(net, first(old, PETS), 3, Outputs("head", MORE), rng=torch.Generator().manual_seed(0))
    assert torch.equal(net.head.weight[1:], old.head.weight)
    assert 0 < net.head.weight[0].abs().max() <= 0.5  # 1 / sqrt(4 inputs)
    again = small(outputs=3, seed=3)
    begin_with(again, first(old, PETS), 3, Outputs("head", MORE), rng=torch.Generator().manual_seed(0))
    assert torch.equal(net.head.weight, again.head.weight)


def test_auxiliary_heads_are_left_out_and_it_is_said():
    told = begun(small(), first(small(), **{"aux1.conv.weight": torch.zeros(1)}))
    assert told == ["auxiliary heads are left out", "the head (head) is kept"]


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_a_stem_for_other_channels_computes_what_it_did_for_equal_ones(channels):
    old, net = small(seed=1).eval(), small(channels=channels, seed=2).eval()
    told = begun(net, first(old), channels)
    grey = torch.rand(2, 1, 6, 6, generator=torch.Generator().manual_seed(0))
    if channels != 2:
        assert torch.allclose(net(grey.expand(2, channels, 6, 6)), old(grey.expand(2, 3, 6, 6)), atol=1e-5)
    else:
        assert torch.allclose(net.conv.weight, old.conv.weight[:, :2] * 1.5)
    how = "summed" if channels == 1 else f"taken in turn, times 3/{channels}"
    assert f"the weights of conv.weight for 3 channels are {how}, for {channels}" in told


def test_a_mismatch_lists_names_ten_of_each_kind_at_most():
    old = first(
        small(),
        **{"conv.weight": torch.zeros(4, 3, 5, 5), "norm.bias": torch.zeros(4, dtype=torch.int8), "norm.weight": None},
        **{f"more.{i}": torch.zeros(1) for i in range(12)},
    )
    with pytest.raises(ParameterError) as told:
        begun(small(), old, hint="; stem='full' may do")
    message = str(told.value)
    assert "weights='a.pth' does not fit the network: 1 missing: norm.weight; 12 unexpected: more.0," in message
    assert "more.9 and 2 more; 2 of another shape or dtype: " in message
    assert "conv.weight (float32 (4, 3, 5, 5) in the file, float32 (4, 3, 3, 3) in the network)" in message
    assert "norm.bias (int8 (4,) in the file, float32 (4,) in the network)" in message
    assert message.endswith("give weights of the same network, or the net that they are of; stem='full' may do")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("conv.weight", torch.full((4, 3, 3, 3), float("nan")), "the weight 'conv.weight' holds NaN or infinite"),
        ("head.bias", torch.tensor([1.0, float("inf")]), "the weight 'head.bias' holds NaN or infinite"),
        ("conv.bias", torch.full((4,), 1e300, dtype=torch.float64), "the weight 'conv.bias' holds NaN or infinite"),
        ("norm.running_var", torch.tensor([1.0, 1, -1, 1]), "the variance 'norm.running_var' is negative"),
    ],
)
def test_values_that_are_no_numbers_are_refused_by_name(name, value, words):
    with pytest.raises(ModelFileError, match=words):
        begun(small(), first(small(), **{name: value}))


@pytest.mark.parametrize("count", [None, torch.tensor(0), torch.tensor(-5)])
def test_running_statistics_that_nobody_counted_are_not_replaced_by_the_first_batch(count):
    net = small()
    begun(net, first(small(), **{"norm.num_batches_tracked": count}))
    before = net.norm.running_mean.clone()
    net.norm.train()(torch.full((4, 4), 5.0))
    assert torch.allclose(net.norm.running_mean, 0.9 * before + 0.1 * 5)


def test_a_landmark_takes_its_own_names():
    net = MODELS["resnet18"].make((3, 32, 32), 5)
    other = MODELS["resnet18"].make((3, 32, 32), 7)
    told = begin_with(net, first(other), 3, Outputs("fc", Labels("classification", tuple("abcde"))))
    assert told == ["the head (fc) begins anew, for 5 outputs in place of 7"]
    assert torch.equal(net.layer4[1].conv2.weight, other.layer4[1].conv2.weight)
