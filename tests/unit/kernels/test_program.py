"""Layers in the compiled library: what is bound, what is taken, and that weights stay PyTorch's."""

import sys

import psutil
import pytest
import torch
from torch import nn

from foveal.core.errors import ResourceError
from foveal.kernels import program as module
from foveal.kernels.interface import FORWARD, PACK
from foveal.kernels.library import load
from foveal.kernels.program import Program, opened
from foveal.kernels.recognise import leaves, read
from foveal.layers import Standardize
from foveal.models import PlainStack

pytestmark = pytest.mark.skipif(load() is None, reason="there are no compiled kernels")

SHAPE, ROWS = (1, 8, 8), 6


def stack(**options):
    sizes = {"in_channels_list": (1, 4), "out_channels": 4, "in_features_list": (None, 5)}
    return PlainStack(SHAPE, 3, **sizes, **options).eval()


def program_of(net, *, trains=False, **options):
    return Program(load(), read(leaves(net), SHAPE).blocks, ROWS, 1, trains=trains, **options)


def answer(program, x):
    program.bind()
    out = torch.empty(len(x), *program.out_shape)
    laid = program.load(x, training=False)
    program.call.out = out.data_ptr()
    program.run(PACK | FORWARD)
    del laid
    return out


@pytest.fixture
def x():
    return torch.rand(ROWS, *SHAPE, generator=torch.Generator().manual_seed(0)).to(memory_format=torch.channels_last)


@pytest.mark.parametrize("rows", [1, 5, ROWS])
def test_it_computes_what_the_network_does(x, rows):
    net = stack()
    with torch.inference_mode():
        torch.testing.assert_close(answer(program_of(net), x[:rows]), net(x[:rows]), rtol=1e-4, atol=1e-5)


def test_weights_are_read_where_they_lie(x):
    net = stack()
    program = program_of(net)
    answer(program, x)
    with torch.no_grad():
        for weight in net.parameters():
            weight.mul_(-0.5)
    with torch.inference_mode():
        torch.testing.assert_close(answer(program, x), net(x), rtol=1e-4, atol=1e-5)


def test_weights_that_moved_are_bound_anew(x):
    net = stack()
    program = program_of(net)
    answer(program, x)
    seen = program.seen
    for weight in net.parameters():
        weight.data = weight.data.clone() * 2
    with torch.inference_mode():
        torch.testing.assert_close(answer(program, x), net(x), rtol=1e-4, atol=1e-5)
    assert program.seen != seen


def test_inputs_are_standardised_on_the_way_in(x):
    net, standardize = stack(), Standardize([100.0], [50.0], 1.0)
    raw = (x * 255).to(torch.uint8)
    with torch.inference_mode():
        found = answer(program_of(net, standardize=standardize), raw)
        torch.testing.assert_close(found, net(standardize(raw)), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("batch", "taken"),
    [
        (torch.zeros(ROWS, *SHAPE), True),
        (torch.zeros(1, *SHAPE, dtype=torch.uint8), True),
        (torch.zeros(ROWS + 1, *SHAPE), False),
        (torch.zeros(0, *SHAPE), False),
        (torch.zeros(2, 1, 8, 9), False),
        (torch.zeros(2, 2, 8, 8), False),
        (torch.zeros(2, *SHAPE, dtype=torch.float64), False),
        (torch.zeros(2, *SHAPE, device="meta"), False),
    ],
    ids=lambda v: str(v) if isinstance(v, bool) else f"{tuple(v.shape)} {v.dtype} {v.device}",
)
def test_it_takes_only_batches_that_it_can_run(batch, taken):
    assert program_of(stack()).takes(batch) == taken


def test_in_training_a_channel_needs_more_than_one_value():
    net = PlainStack((1, 4), 2, in_channels_list=(1,), out_channels=3, in_features_list=(None, 5)).train()
    program = Program(load(), read(leaves(net), (1, 4)).blocks, ROWS, 1, trains=True)
    assert not program.takes(torch.zeros(1, 1, 4))
    assert program.takes(torch.zeros(2, 1, 4))


def test_only_a_program_that_trains_has_gradients():
    net = stack().train()
    assert program_of(net).gradients == {}
    assert {id(p) for p in program_of(net, trains=True).gradients} == {id(p) for p in net.parameters()}


def test_a_mask_is_drawn_for_each_dropout_as_the_module_would(x):
    net = stack(dropout_rate=0.5).train()
    program = program_of(net, trains=True)
    drawn = []
    for _ in range(2):
        with torch.random.fork_rng():
            torch.manual_seed(3)
            drawn.append(program.draw(4))
    (mask,), (again,) = drawn
    assert mask.shape == (4, 5)
    assert set(mask.unique().tolist()) <= {0.0, 2.0}
    assert torch.equal(mask, again)


def test_a_step_is_counted_in_every_batch_norm():
    net = stack().train()
    program = program_of(net, trains=True)
    program.count()
    program.count()
    counts = [int(m.num_batches_tracked) for m in net.modules() if hasattr(m, "settled")]
    assert len(counts) == 3
    assert all(rate == pytest.approx(0.5) for rate in list(program.rates)[:3])  # the second of two batches


def test_too_little_memory_is_an_error_and_then_no_program(monkeypatch):
    monkeypatch.setattr(module, "memory_for", lambda needed, device: 0)
    with pytest.raises(ResourceError, match=r"the kernels' maps take .* GB for 6 rows"):
        program_of(stack())
    assert opened(load(), read(leaves(stack()), SHAPE).blocks, ROWS, 1, trains=False) is None


def test_a_program_that_is_gone_has_given_its_memory_back():
    blocks, rows, process = read(leaves(stack()), SHAPE).blocks, 20_000, psutil.Process()

    def held_after(count):
        for _ in range(count):
            Program(load(), blocks, rows, 1, trains=True)
        return process.memory_info().vms

    size = load().calls.foveal_size(program_of(stack()).layers, len(blocks), rows, 1, 1, 0)
    first = held_after(2)
    assert held_after(20) - first < 5 * size
    assert size > 1e7


def test_a_program_goes_without_a_frame_of_python():
    """In one that Python calls while an object goes a KeyboardInterrupt is dropped: a Ctrl-C would be lost."""
    program, frames = program_of(stack()), []
    sys.setprofile(lambda frame, event, _: frames.append((event, frame.f_code.co_name)))
    del program
    sys.setprofile(None)
    assert [name for event, name in frames if event == "call"] == []


def test_filters_of_any_strides_are_read(x):
    net = stack().to(memory_format=torch.channels_last)
    conv = next(m for m in net.modules() if isinstance(m, nn.Conv2d))
    conv.weight.data = conv.weight.data.permute(2, 3, 0, 1).contiguous().permute(2, 3, 0, 1)
    with torch.inference_mode():
        torch.testing.assert_close(answer(program_of(net), x), net(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "change",
    [
        lambda conv: setattr(conv, "weight", nn.Parameter(conv.weight.detach().double())),
        lambda conv: setattr(conv, "weight", nn.Parameter(conv.weight.detach()[:2])),
        lambda conv: setattr(conv, "bias", nn.Parameter(torch.zeros(1))),
        lambda conv: setattr(conv.weight, "data", conv.weight.detach().bfloat16()),
        lambda conv: setattr(conv.weight, "data", conv.weight.detach()[:1].expand_as(conv.weight)),
    ],
)
def test_tensors_that_it_cannot_read_are_not_bound(change, x):
    net = stack()
    program = program_of(net)
    assert program.bind()
    change([m for m in net.modules() if isinstance(m, nn.Conv2d)][-1])
    assert not program.bind()
