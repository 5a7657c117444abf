"""Answers of networks whose rows part: what stands in a row runs on kernels, and says what the modules say."""

import pytest
import torch
from torch import nn

from foveal.kernels import mixed_answers
from foveal.kernels.inference import ROWS, Answers
from foveal.kernels.library import load
from foveal.kernels.mixed_answers import Calls, with_kernels
from foveal.layers import Branches, ConvBlock, Residual, Standardize
from foveal.layers.flow import flow
from foveal.layers.frozen import Frozen
from foveal.models import MODELS

pytestmark = pytest.mark.skipif(load() is None, reason="there are no compiled kernels")

SHAPE = (8, 16, 16)


def body(n: int = 2, **options) -> dict[str, nn.Module]:
    return {str(k): ConvBlock(2, 8, 8, activation="relu6", **options) for k in range(n)}


def row(n: int) -> nn.Sequential:
    return nn.Sequential(*body(n).values())


def settled(net: nn.Module) -> nn.Module:
    """Draw statistics and gains, as of a trained network."""
    rng = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, value in [*net.named_parameters(), *net.named_buffers()]:
            if value.ndim == 1:
                value.copy_(torch.rand(len(value), generator=rng) + 0.5 if name.endswith(("var", "weight")) else value)
    return net.eval()


NETS = {
    "residual": lambda: nn.Sequential(ConvBlock(2, 8, 8), Residual(body(), activation="relu"), nn.Conv2d(8, 3, 1)),
    "two in a row": lambda: nn.Sequential(*(Residual(body(), activation="relu") for _ in range(2))),
    "shortcut": lambda: nn.Sequential(Residual(body(), {"p": nn.Conv2d(8, 8, 1)}), nn.Tanh()),
    "branches": lambda: nn.Sequential(Branches({"a": row(3), "b": row(1), "c": nn.AvgPool2d(3, 1, 1)})),
    "standardized": lambda: nn.Sequential(Standardize([0.5] * 8, [2.0] * 8), nn.Sigmoid(), row(2)),
}  # fmt: skip


def steps_of(net: nn.Module, threads: int = 1, shape=SHAPE):
    return with_kernels(flow(net), Calls(shape, threads))


def on_kernels(steps) -> list[Answers]:
    return [step.what for step in steps if isinstance(step.what, Answers)]


def check(net: nn.Module, shape=SHAPE, threads: int = 1) -> None:
    steps = steps_of(net, threads, shape)
    frozen = Frozen(net, nodes=steps)
    assert len(on_kernels(steps)) > 0
    for rows in (1, 7, ROWS + 3):
        x = torch.randn(rows, *shape, generator=torch.Generator().manual_seed(rows))
        given = x.clone()
        with torch.inference_mode():
            expected = net(x)
            near = 1e-5 * max(1.0, float(expected.abs().max()))
            for laid in (x, x.contiguous(memory_format=torch.channels_last)):
                torch.testing.assert_close(frozen(laid), expected, rtol=0, atol=near, check_stride=False)
        assert torch.equal(x, given)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", NETS)
def test_it_says_what_the_modules_say(name, threads):
    torch.manual_seed(0)
    check(settled(NETS[name]()), threads=threads)


@pytest.mark.parametrize("name", ["resnet20", "compact_resnet", "unet"])
def test_networks_of_the_catalogue(name):
    torch.manual_seed(0)
    check(settled(MODELS[name].make((3, 32, 32), 4)), (3, 32, 32))


def test_maps_are_few_enough_to_stay_cached():
    (answers,) = on_kernels(steps_of(settled(NETS["residual"]())))
    assert answers.program.rows == min(ROWS, mixed_answers.MAPS // (2 * 4 * 8 * 16 * 16))
    (answers,) = on_kernels(steps_of(settled(NETS["residual"]()), threads=2))
    assert answers.program.rows == 2 * min(ROWS, mixed_answers.MAPS // (2 * 4 * 8 * 16 * 16))


@pytest.mark.parametrize(
    "net",
    [
        nn.Sequential(Residual(body(1))),  # one convolution is not worth the copies
        nn.Sequential(nn.Flatten(), nn.Linear(2048, 4)),
        nn.Sequential(Residual({"a": nn.Conv2d(8, 8, 3, padding=1, groups=8), "b": nn.Conv2d(8, 8, 1)})),
    ],
)
def test_what_is_not_worth_it_stays(net):
    nodes = flow(net.eval())
    assert with_kernels(nodes, Calls(SHAPE, 1)) == nodes


def test_without_kernels_or_memory_the_steps_stay(monkeypatch):
    nodes = flow(settled(NETS["residual"]()))
    monkeypatch.setattr(mixed_answers, "opened", lambda *args, **options: None)
    assert with_kernels(nodes, Calls(SHAPE, 1)) == nodes
    monkeypatch.setattr(mixed_answers, "load", lambda: None)
    assert with_kernels(nodes, Calls(SHAPE, 1)) == nodes


def test_rows_of_another_shape_go_through_the_modules():
    net = settled(NETS["two in a row"]())
    frozen, x = Frozen(net, nodes=steps_of(net)), torch.randn(2, 8, 9, 7)
    with torch.inference_mode():
        torch.testing.assert_close(frozen(x), net(x), rtol=1e-5, atol=1e-6)


def test_the_users_defaults_play_no_part():
    net = settled(NETS["residual"]())
    torch.set_default_dtype(torch.float64)
    try:
        assert len(on_kernels(steps_of(net))) == 1
        with torch.device("meta"):
            assert len(on_kernels(steps_of(net))) == 1
    finally:
        torch.set_default_dtype(torch.float32)
