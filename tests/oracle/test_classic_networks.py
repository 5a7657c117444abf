"""The networks before residual ones that are stored nowhere: their papers' counts, and their formulas written out."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from foveal.core.errors import ParameterError
from foveal.layers import RadialBasis, SparseConvolution, Subsampling
from foveal.models import MODELS
from foveal.models.landmarks.class_codes import class_codes
from foveal.models.landmarks.googlenet import googlenet
from foveal.models.landmarks.inception import inception_v3
from foveal.models.landmarks.lenet import lenet5
from foveal.models.receptive import CONV

from .definitions import correlate
from .differences import array, close, randomise, tensor

#: Name, input, parameters, multiply-adds: the papers' layer tables, counted. LeNets are counted in connections, below.
COUNTS = [
    ("lenet1", (1, 28, 28), 2_578, None),
    ("lenet5", (1, 32, 32), 60_000, None),
    ("lenet5", (1, 28, 28), 60_000, None),
    ("lenet5_modern", (1, 32, 32), 61_706, 416_520),
    ("lenet5_modern", (1, 28, 28), 61_706, 416_520),
    ("alexnet_paper", (3, 227, 227), 60_965_224, 724_406_816),
    ("alexnet_paper", (3, 224, 224), 60_965_224, 724_406_816),
    ("zfnet", (3, 224, 224), 62_357_608, 1_168_032_896),
    ("googlenet_paper", (3, 224, 224), 6_998_552, 1_582_671_872),
]


@pytest.mark.parametrize(("name", "shape", "parameters", "multiply_adds"), COUNTS)
def test_parameters_and_multiply_adds_are_those_of_the_papers(name, shape, parameters, multiply_adds):
    with torch.device("meta"):
        net = MODELS[name].make(shape, 10 if shape[0] == 1 else 1000, stem="auto").eval()
        x = torch.zeros(1, *shape)
    assert sum(p.numel() for p in net.parameters()) == parameters
    with FlopCounterMode(display=False) as count:
        net(x)
    assert multiply_adds in (None, count.get_total_flops() / 2)


def test_the_papers_googlenet_with_its_heads():
    with torch.device("meta"):
        net = googlenet((3, 224, 224), 1000, aux=True, paper=True)
        assert sum(p.numel() for p in net.parameters()) == 13_378_280
        outputs = net(torch.zeros(2, 3, 224, 224))
    assert [tuple(y.shape) for y in outputs] == [(2, 1000)] * 3


def connections(module, output):
    """Count what the paper counts: every use of a weight or a bias is a connection."""
    places = math.prod(output.shape[2:])
    if isinstance(module, Subsampling):
        return output[0].numel() * (math.prod(module.kernel_size) + 1)
    if isinstance(module, (SparseConvolution, nn.Linear, *CONV)):
        return places * (module.weight.numel() + module.bias.numel())
    return module.codes.numel() if isinstance(module, RadialBasis) else 0


@pytest.mark.parametrize(
    ("name", "shape", "wanted"),
    [
        # C1 122,304; S2 5,880; C3 151,600; S4 2,000; C5 48,120; F6 10,164; output 840
        ("lenet5", (1, 32, 32), [122_304, 5_880, 151_600, 2_000, 48_120, 10_164, 840]),
        ("lenet1", (1, 28, 28), [59_904, 2_880, 32_768, 960, 1_930]),
    ],
)
def test_connections_of_each_layer(name, shape, wanted):
    net, found = MODELS[name].make(shape, 10, stem="full"), []
    x = torch.zeros(1, *shape)
    for module in net:
        x = module(x)
        found.append(connections(module, x))
    assert [n for n in found if n] == wanted
    assert sum(found) == {"lenet5": 340_908, "lenet1": 98_442}[name]


def squash(x):
    return 1.7159 * np.tanh(2 / 3 * x)


def subsample(x, layer):
    n, c, h, w = x.shape
    sums = x[:, :, : h // 2 * 2, : w // 2 * 2].reshape(n, c, h // 2, 2, w // 2, 2).sum((3, 5))
    return array(layer.weight)[:, None, None] * sums + array(layer.bias)[:, None, None]


def test_lenet5_is_what_its_paper_says():
    rng = np.random.default_rng(0)
    net = randomise(lenet5((1, 28, 28), 10).double(), rng)
    with torch.no_grad():
        for p in net.parameters():
            p.mul_(0.2)
    x = rng.normal(size=(3, 1, 28, 28))
    y = squash(correlate(np.pad(x, [(0, 0), (0, 0), (2, 2), (2, 2)]), *map(array, (net.c1.weight, net.c1.bias)),
                         padding="valid"))  # fmt: skip
    y = squash(subsample(y, net.s2))
    table = [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5], [0, 4, 5], [0, 1, 5], [0, 1, 2, 3], [1, 2, 3, 4],
             [2, 3, 4, 5], [0, 3, 4, 5], [0, 1, 4, 5], [0, 1, 2, 5], [0, 1, 3, 4], [1, 2, 4, 5], [0, 2, 3, 5],
             [0, 1, 2, 3, 4, 5]]  # fmt: skip
    filters, own = np.zeros((16, 6, 5, 5)), iter(array(net.c3.weight))
    for j, row in enumerate(table):
        filters[j, row] = [next(own) for _ in row]
    y = squash(subsample(squash(correlate(y, filters, array(net.c3.bias), padding="valid")), net.s4))
    assert y.shape == (3, 16, 5, 5)
    y = squash(y.reshape(3, -1) @ array(net.c5.weight).reshape(120, -1).T + array(net.c5.bias))
    y = squash(y @ array(net.f6.weight).T + array(net.f6.bias))
    close(net(tensor(x)), -((y[:, None] - array(class_codes(10).double())) ** 2).sum(2), 1e-9)


def of_2012(net, x, first, second, order):
    """Compute AlexNet's or ZFNet's five convolutions, three maxima and three dense layers with PyTorch's functions."""
    layers = [(m.weight, m.bias) for m in net.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    groups = 2 if net.features[-5].groups == 2 else 1
    for (w, b), options in zip(layers[:2], (first, second), strict=True):
        x = order(F.relu(F.conv2d(x, w, b, **options)))
    for (w, b), g in zip(layers[2:5], (1, groups, groups), strict=True):
        x = F.relu(F.conv2d(x, w, b, padding=1, groups=g))
    x = F.max_pool2d(x, 3, 2).flatten(1)
    for w, b in layers[5:7]:
        x = F.relu(F.linear(x, w, b))
    return F.linear(x, *layers[7])


def lrn(x):
    near = F.conv1d(F.pad(x.square().flatten(2).movedim(1, 2).flatten(0, 1)[:, None], (2, 2)), x.new_ones(1, 1, 5))
    sums = near.view(len(x), -1, x.size(1)).movedim(2, 1).view_as(x)
    return x / (2 + 1e-4 * sums) ** 0.75


@pytest.mark.parametrize(
    ("name", "size", "first", "second", "order"),
    [
        ("alexnet_paper", 67, {"stride": 4}, {"padding": 2, "groups": 2}, lambda x: F.max_pool2d(lrn(x), 3, 2)),
        ("zfnet", 66, {"stride": 2, "padding": 1}, {"stride": 2}, lambda x: lrn(F.max_pool2d(x, 3, 2, 1))),
    ],
)
def test_the_networks_of_2012_and_2013_are_what_their_papers_say(name, size, first, second, order):
    torch.manual_seed(0)
    net = MODELS[name].make((3, size, size), 10, stem="full").eval()
    with torch.no_grad():
        for p in net.parameters():
            p.mul_(5)  # the papers' start values leave next to nothing of so small an input
        x = 10 * torch.randn(2, 3, size, size)
        close(net(x), of_2012(net, x, first, second, order).numpy(), 1e-4)


def test_start_values_of_lenet_and_alexnet_are_their_papers():
    torch.manual_seed(0)
    net = MODELS["lenet5"].make((1, 32, 32), 10, stem="full")
    inputs = {"c1": 25, "s2": 4, "c5": 400, "f6": 120}
    for name, n in inputs.items():
        weight = net.get_submodule(name).weight
        assert 0.6 * 2.4 / n < weight.abs().max() <= 2.4 / n
    rows = net.c3.weight.abs().flatten(1).amax(1)
    assert rows[:3].max() <= 2.4 / 75 < 1.4 * rows[:3].max()  # map 0 reads three maps, map 15 six
    assert rows[-6:].max() <= 2.4 / 150 < 1.4 * rows[-6:].max()


def test_start_values_of_alexnet_are_its_papers():
    torch.manual_seed(0)
    net = MODELS["alexnet_paper"].make((1, 28, 28), 10, stem="auto")
    layers = [m for m in net.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert [m.bias.mean().item() for m in layers] == [0, 1, 0, 1, 1, 1, 1, 0]
    assert layers[6].weight.std().item() == pytest.approx(0.01, rel=0.01)


@pytest.mark.parametrize("n_classes", [2, 10, 1000])
def test_codes_are_of_minus_one_and_one_and_differ(n_classes):
    codes = class_codes(n_classes)
    assert codes.shape == (n_classes, 84)
    assert set(codes.unique().tolist()) == {-1.0, 1.0}
    assert len(codes.unique(dim=0)) == n_classes
    assert torch.equal(codes, class_codes(n_classes))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: googlenet((3, 78, 90), 10, aux=True, paper=True), r"needs 79 pixels on each axis, got \(78, 90\); .*"
         r"paper=False, or aux=False"),
        (lambda: googlenet((3, 19, 32), 10, aux=True, paper=True), r"needs 20 pixels .* \(19, 32\)"),
        (lambda: inception_v3((3, 298, 299), 10, aux=True), r"needs the full stem and 299 .* \(298, 299\); use larger"),
        (lambda: inception_v3((3, 299, 299), 10, aux=True, stem="small"), r"got \(299, 299\) with the small one; use"),
    ],
)  # fmt: skip
def test_heads_that_would_see_too_little_are_refused(make, message):
    with torch.device("meta"), pytest.raises(ParameterError, match=message):
        make()


@pytest.mark.parametrize("shape", [(1, 79, 85), (1, 20, 24)])
def test_the_smallest_maps_that_the_papers_heads_see(shape):
    with torch.device("meta"):
        outputs = googlenet(shape, 10, aux=True, paper=True)(torch.zeros(2, *shape))
    assert len(outputs) == 3


@pytest.mark.parametrize(
    ("name", "first", "parameters"),
    [
        ("alexnet", (64, 28, 28), 23_468_746),
        ("alexnet_paper", (96, 28, 28), None),
        ("zfnet", (96, 28, 28), None),
        ("vgg16", (64, 28, 28), None),
        ("googlenet", (64, 28, 28), None),
        ("inception_v3", (32, 28, 28), None),
        ("squeezenet1_0", (96, 28, 28), None),
    ],
)
def test_small_stems_keep_every_pixel_at_first_and_the_names_of_the_full_ones(name, first, parameters):
    with torch.device("meta"):
        small, full = (MODELS[name].make((1, 28, 28), 10, stem=stem).eval() for stem in ("auto", "full"))
        noted = []
        next(m for m in small.modules() if isinstance(m, CONV)).register_forward_hook(
            lambda _, __, y: noted.append(tuple(y.shape[1:]))
        )
        assert small(torch.zeros(2, 1, 28, 28)).shape == (2, 10)
    assert noted == [first]
    assert list(small.state_dict()) == list(full.state_dict())
    assert parameters in (None, sum(p.numel() for p in small.parameters()))
