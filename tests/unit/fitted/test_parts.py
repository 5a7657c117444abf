"""Head and body: what rests, and how far a layer is from the outputs."""

from collections import OrderedDict

import pytest
import torch
from torch import nn

from foveal.core.errors import ParameterError
from foveal.core.parameters import PARAMETERS
from foveal.fitted.parts import check_parts, head_of, resting_of, shares_of, tail_of
from foveal.layers import Dropout
from foveal.models import MODELS


def whole(body: nn.Module) -> nn.Module:
    return nn.Sequential(OrderedDict(input=nn.Identity(), body=body))


def given(**parameters):
    return {p.name: p.default for p in PARAMETERS.values()} | parameters


class Branched(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))
        self.first, self.second, self.act = nn.Linear(3, 4), nn.Linear(4, 2), nn.ReLU()

    def forward(self, x):
        return self.second(self.first(x)) * self.scale


def test_the_head_is_the_catalogues_or_the_last_layer_with_weights():
    assert head_of(None, nn.Identity()) == head_of("plain", nn.Identity()) == "head"
    assert head_of("resnet18", nn.Identity()) == "fc"
    body = Branched()
    assert head_of(body, body) == "second"
    assert head_of(nn.ReLU(), nn.ReLU()) == ""


def test_the_tail_is_the_head_with_dropout_before_it_and_what_has_no_weights_behind_it():
    row = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), Dropout(0.5), nn.Linear(4, 2), nn.Tanh())
    assert tail_of(row, whole(row)) == ("body.2", "body.3", "body.4")
    branched = Branched()
    assert tail_of(branched, whole(branched)) == ("body.second",)
    net = MODELS["resnet18"].make((3, 8, 8), 2)
    assert tail_of("resnet18", whole(net)) == ("body.fc",)


def test_what_rests_is_what_would_train_but_for_the_tail():
    body = Branched()
    net = whole(body)
    assert resting_of(given(net=body), net) is None
    rests = resting_of(given(net=body, freeze=True), net)
    assert (set(rests.weights), rests.trained, rests.epochs) == (
        {"body.scale", "body.first.weight", "body.first.bias"}, ("body.second",), None,
    )  # fmt: skip
    body.first.bias.requires_grad_(False)
    assert resting_of(given(net=body, freeze=3), net).epochs == 3
    assert "body.first.bias" not in resting_of(given(net=body, freeze=3), net).weights
    held = torch.optim.SGD(net.parameters(), 0.1)  # as one that goes on with a body that rests
    assert "body.first.bias" in resting_of(given(net=body, freeze=3), net, held).weights


def test_a_head_without_weights_to_train_is_refused():
    body = Branched()
    body.second.requires_grad_(False)
    with pytest.raises(ParameterError, match="trains the head alone, 'second', which has no weights to train"):
        resting_of(given(net=body, freeze=True), whole(body))


def test_shares_fall_with_the_distance_a_norm_with_the_layer_before_it():
    net = whole(MODELS["resnet18"].make((3, 8, 8), 2))
    shares = shares_of(0.5, net)
    by_name = {name.removeprefix("body."): shares[weight] for name, weight in net.named_parameters()}
    assert {n: s for n, s in by_name.items() if n.startswith("fc")} == {"fc.weight": 1, "fc.bias": 1}
    assert by_name["layer4.1.conv2.weight"] == by_name["layer4.1.bn1.bias"] == 0.5
    assert by_name["layer1.0.conv1.weight"] == 0.5**8
    assert by_name["conv1.weight"] == by_name["bn1.weight"] == 0.5**9


def test_shares_of_a_network_that_is_no_row_go_by_its_children():
    body = Branched()
    shares = shares_of(0.1, whole(body))
    assert [round(shares[w], 9) for w in (body.second.weight, body.first.bias, body.scale)] == [1, 0.1, 0.1]
    assert shares_of(None, whole(body)) is None


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"freeze": True}, "freeze=True keeps the body as it begins, and without weights it begins at random"),
        ({"freeze": 2, "net": "resnet18"}, "freeze=2 keeps the body as it begins"),
        ({"layer_decay": 0.5, "optimizer": lambda params, lr: None}, "and optimizer=<function .* is a function, which"),
    ],
)
def test_what_has_no_meaning_together_is_refused(parameters, words):
    with pytest.raises(ParameterError, match=words):
        check_parts(given(**parameters))
    check_parts(given(freeze=True, net=nn.Linear(1, 1)))
    check_parts(given(layer_decay=0.5, optimizer=torch.optim.SGD))
