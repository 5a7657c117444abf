"""Parts of a step on the compiled kernels: raw pixels, inference, ties, odd statistics, masks, last batches."""

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from foveal.kernels.inference import open_answers
from foveal.kernels.library import load
from foveal.layers import BatchNorm, ConvBlock, DenseBlock, Flatten, Standardize

from .kernel_errors import Errors, error, rms
from .kernel_nets import layers, seeded, shake, stacks
from .kernel_runs import Step, by_kernels, by_torch, program_of
from .test_kernels import DIRECT, compare, some

pytestmark = pytest.mark.skipif(load() is None, reason="there are no compiled kernels")


def check_pixels(draws: int) -> Errors:
    """Train a first layer on raw values, bytes or floats, after their standardisation."""
    errors = Errors("raw pixels", DIRECT)

    @some(draws)
    @given(layers("first"), st.integers(1, 9), st.integers(0, 2**16), st.booleans())
    def every(drawn, rows, seed, as_bytes):
        net, shape = drawn
        rng = torch.Generator().manual_seed(seed)
        mean, deviation = torch.rand(shape[0], generator=rng), torch.rand(shape[0], generator=rng) + 0.1
        first = Standardize(mean.tolist(), deviation.tolist(), 255.0 if as_bytes else 1.0)
        program = program_of(net, shape, rows, 1)
        if not program.takes(torch.empty(rows, *shape)):
            return
        raw = torch.randint(256, (rows, *shape), generator=rng, dtype=torch.uint8)
        x = raw if as_bytes else raw / 255
        whole = nn.Sequential(first, net[0])
        gradient = torch.randn(whole.eval()(x).shape, generator=rng)
        compare(errors, whole.train(), [Step(x, gradient)], inputs_too=False)

    every()
    return errors


def test_raw_pixels():
    check_pixels(25)


@pytest.mark.long
def test_raw_pixels_at_length():
    print(f"\n{check_pixels(200)}")


@pytest.mark.parametrize("channels", [1, 2, 5])
@pytest.mark.parametrize("length", [1, 6, 33])
@pytest.mark.parametrize("dense", [False, True])
def test_columns_of_a_table(channels, length, dense):
    """Each value of a row has a mean and a deviation of its own; gradients reach the raw inputs."""
    rng = torch.Generator().manual_seed(length)
    mean, deviation = torch.randn(channels, length, generator=rng), torch.rand(channels, length, generator=rng) + 0.1
    first = Standardize(mean.numpy(), deviation.numpy())
    body = seeded(lambda: DenseBlock(channels * length, 7) if dense else ConvBlock(1, channels, 7), length)
    whole = shake(nn.Sequential(first, *([Flatten()] if dense else []), body), length).train()
    x = torch.randn(9, channels, length, generator=rng)
    gradient = torch.randn(copy.deepcopy(whole).eval()(x).shape, generator=rng)
    errors = Errors("columns", DIRECT)
    compare(errors, whole, [Step(x, gradient)], inputs_too=True)


def check_inference(draws: int) -> Errors:
    errors = Errors("inference", {"rest": 5e-6})

    @some(draws)
    @given(
        st.one_of(layers("winograd"), layers("direct"), layers("first"), stacks()), st.integers(1, 9),
        st.integers(1, 3), st.integers(0, 2**16),
    )  # fmt: skip
    def every(drawn, rows, threads, seed):
        net, shape = drawn
        net.eval()
        x = torch.randn(rows, *shape, generator=torch.Generator().manual_seed(seed))
        given = open_answers(net, shape, max(1, rows // 2), threads)
        assert given is not None
        with torch.no_grad():
            ours, torchs, exact = given(x), net(x), copy.deepcopy(net).double()(x.double())
        errors.check({"out": ours}, {"out": torchs}, {"out": exact}, {"out": 0.1})

    every()
    return errors


def test_inference():
    check_inference(25)


@pytest.mark.long
def test_inference_at_length():
    print(f"\n{check_inference(200)}")


@pytest.mark.parametrize("activation", ["linear", "relu", "relu6"])
@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), (3, 1), ((1, 3), (1, 2)), (5, 5)])
@pytest.mark.parametrize("channels", [3, 16])
def test_of_equal_maxima_the_first_gets_the_gradient(channels, size, stride, activation):
    """Three values, so that nearly every window has a tie, and every sum is exact: so must the result be."""
    rng = torch.Generator().manual_seed(0)
    net = ConvBlock(
        2, 2, channels, filter_size=1, batch_norm=False, activation=activation, pool_size=size, pool_stride=stride
    )
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(torch.randint(-1, 2, p.shape, generator=rng))
    x = torch.randint(-1, 2, (4, 2, 7, 8), generator=rng).float()
    gradient = torch.randint(-3, 4, net(x).shape, generator=rng).float()
    for threads in (1, 2):
        (ours,) = by_kernels(net, [Step(x, gradient)], threads, inputs_too=True)
        (exact,) = by_torch(net, [Step(x, gradient)], torch.float64, inputs_too=True)
        for name, value in exact.items():
            assert torch.equal(ours[name].double(), value), name


@pytest.mark.parametrize("filter_size", [1, 3])
@pytest.mark.parametrize("mean", [0.0, 30.0, 1000.0])
def test_batch_norm_of_a_large_mean_and_a_small_deviation(mean, filter_size):
    """Rows of mean M and deviation 1: what float32 leaves of the deviation is PyTorch's error, Winograd's 8 times that.

    A sum of squares less the square of the sum would lose all of it at M = 1000.
    """
    block = seeded(lambda: ConvBlock(2, 8, 16, filter_size=filter_size, padding="valid", activation="linear"), 1)
    net = nn.Sequential(shake(block, 1))
    rng = torch.Generator().manual_seed(2)
    x = mean + torch.randn(9, 8, 11, 12, generator=rng)
    step = Step(x, torch.randn(net(x).shape, generator=rng))
    torchs, exact = (by_torch(net, [step], dtype, inputs_too=True)[0] for dtype in (torch.float32, torch.float64))
    for threads in (1, 2, 3):
        (ours,) = by_kernels(net, [step], threads, inputs_too=True)
        for name, value in exact.items():
            bound = 5e-6 + (3 if filter_size == 1 else 10) * error(torchs[name], value)
            assert error(ours[name], value, rms(step.gradient) if "weight" in name else 0.0) <= bound, name


def test_a_small_variance_survives_the_first_batch():
    """Its rate is 1: the running variance is then the batch's own, and not what 1 + (variance - 1) leaves of it."""
    net = seeded(lambda: nn.Sequential(nn.Linear(4, 8, bias=False), BatchNorm(8)), 0)
    x = torch.randn(6, 4, generator=torch.Generator().manual_seed(0)) * 1e-5
    (ours,) = by_kernels(net, [Step(x, torch.ones(6, 8))], 1)
    expected = (x.double() @ net[0].weight.detach().double().T).var(0)
    assert error(ours["1.running_var"], expected) < 1e-6


@pytest.mark.parametrize("rate", [0.25, 0.5, 0.9])
def test_dropout_draws_the_masks_that_the_modules_draw(rate):
    net = seeded(lambda: nn.Sequential(DenseBlock(7, 21, dropout_rate=rate), DenseBlock(21, 5, dropout_rate=rate)), 0)
    x = torch.randn(6, 7, generator=torch.Generator().manual_seed(1))
    (ours,) = by_kernels(net, [Step(x, torch.ones(6, 5))], 1, seed=3)
    generator = torch.Generator().manual_seed(3)
    for block in net:
        block.dropout.generator = generator
    theirs = net(x).detach()
    assert torch.equal(ours["out"] == 0, theirs == 0)
    torch.testing.assert_close(ours["out"], theirs)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_batch_does_not_see_the_rows_of_the_one_before(threads):
    """Long ones, short ones and one with values that are not numbers in between: the same bits as in a new program."""
    net = seeded(
        lambda: nn.Sequential(
            ConvBlock(2, 3, 9, pool_size=2), ConvBlock(2, 9, 20, pool_size=3, pool_stride=2, pool_mode="avg"),
            Flatten(), DenseBlock(20 * 2 * 2, 13, dropout_rate=None), nn.Linear(13, 5),
        ),
        0,
    )  # fmt: skip
    rng = torch.Generator().manual_seed(4)
    counts = [9, 2, 7, 3, 9, 2]
    steps = [Step(torch.randn(n, 3, 11, 10, generator=rng), labels=torch.arange(n) % 5) for n in counts]
    steps[2].x[:, :, 3:5] = torch.nan
    steps[3].x = steps[1].x[[0, 1, 1]]
    steps[4].x[4, 1, 2, 3] = torch.inf
    in_turn = by_kernels(net, steps, threads)
    for k in (1, 3, 5):
        (alone,) = by_kernels(net, [Step(torch.zeros(9, 3, 11, 10), labels=steps[0].labels), steps[k]], threads)[1:]
        for name, value in alone.items():
            if "running" not in name:  # those remember
                assert value.isfinite().all()
                assert torch.equal(in_turn[k][name], value), name
    assert in_turn[2]["loss"].isnan()
    assert in_turn[4]["loss"].isnan()
