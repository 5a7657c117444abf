"""A drawing is well-formed SVG that shows every layer, every join and every repetition once."""

from xml.etree import ElementTree

import pytest
import torch
from torch import nn

from foveal.layers import Appended, Branches, Residual, SqueezeExcite, StochasticDepth, conv_norm_act, convolution
from foveal.models import MODELS
from foveal.models.drawing import drawing

SVG = "{http://www.w3.org/2000/svg}"


def texts(net):
    return [text.text for text in ElementTree.fromstring(drawing(net)).iter(f"{SVG}text")]


def test_a_row_of_layers():
    net = nn.Sequential(conv_norm_act(2, 3, 8, stride=2), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 2))
    assert texts(net) == ["conv 3x3, 8, stride 2, norm, relu", "max pool 2, stride 2", "flatten", "dense 2"]


def test_rows_that_meet():
    body = {"a": convolution(1, 4, 4), "b": convolution(1, 4, 4, dilation=2, groups=4), "se": SqueezeExcite(1, 4, 2)}
    net = Branches({"block": Residual(body, activation="relu"), "pool": nn.AvgPool1d(3, 1, 1)})
    assert texts(net) == [
        "conv 3, 4", "depthwise conv 3, 4, dilation 2", "mean of the map", "conv 1, 2, relu", "conv 1, 4, sigmoid",
        "\u00d7", "+", "relu", "avg pool 3", "\u2016",
    ]  # fmt: skip


def test_what_repeats_is_drawn_once():
    blocks = [Residual({"a": convolution(1, 4, 4)}) for _ in range(5)]
    assert texts(nn.Sequential(*blocks)) == ["x 5", "conv 3, 4", "+"]


def test_what_looks_alike_is_drawn_once_whatever_it_reads():
    layers = [Appended({"a": convolution(1, 4 + 2 * i, 2)}) for i in range(4)]
    assert texts(nn.Sequential(*layers)) == ["x 4", "conv 3, 2", "\u2016"]
    row = {"a": convolution(1, 4, 4)}
    blocks = [Residual({**row, "drop": StochasticDepth(rate)}) for rate in (0.1, 0.2)]
    assert texts(nn.Sequential(*blocks)) == ["x 2", "conv 3, 4", "+"]
    assert texts(nn.Sequential(Residual(row), Residual({"a": convolution(1, 4, 4, dilation=2)})))[0] != "x 2"


def test_a_join_of_one_row_is_that_row():
    assert texts(Branches({"a": convolution(1, 4, 4)})) == ["conv 3, 4"]


def test_nothing_lies_outside():
    root = ElementTree.fromstring(drawing(MODELS["resnet50"].make((3, 64, 64), 4)))
    width = float(root.get("width"))

    def walk(element, x):
        moved = x + float((element.get("transform") or "(0 0)").split("(")[1].split()[0])
        if element.tag == f"{SVG}rect":
            assert moved >= 0
            assert moved + float(element.get("width")) <= width
        for child in element:
            walk(child, moved)

    walk(root, 0.0)


@pytest.mark.parametrize("name", MODELS)
def test_every_network_is_drawn(name):
    network = MODELS[name]
    with torch.device("meta"):
        net = network.make(network.shape, network.outputs)
    assert ElementTree.fromstring(drawing(net)).find(f".//{SVG}rect") is not None
