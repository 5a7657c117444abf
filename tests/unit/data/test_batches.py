"""Stores and the order of their batches."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from foveal import CNNClassifier
from foveal.augment import AUGMENTATIONS, flip, mixup
from foveal.core.shares import Share
from foveal.data.batches import Batches, rows_between
from foveal.data.rows import Rows
from foveal.data.store import Resident, Streamed
from foveal.train.processes.distributed import ALONE

COLOURS = ("saturation", "hue", "grey")  # which need three channels
CPU = torch.device("cpu")


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(20, 4, 5, 3)).astype(np.float32)  # (N, *S, C)


def batches_of(n, size, **options):
    X = np.arange(n, dtype=np.float32).reshape(n, 1, 1)
    store = Resident(Rows(X), torch.float32, CPU)
    return Batches(store, (torch.arange(n),), None, size, **options)


@given(st.integers(1, 60), st.integers(1, 20))
def test_an_epoch_holds_every_row_once_and_no_batch_of_one_follows_another(n, size):
    epoch = list(batches_of(n, size, shuffle=True, seed=3).epoch(0))
    rows = torch.cat([b.y[0] for b in epoch]).tolist()
    assert sorted(rows) == list(range(n))
    assert all(torch.equal(b.x[0].flatten().long(), b.y[0]) for b in epoch)
    lengths = [len(b.y[0]) for b in epoch]
    if size > 1 and n > 1:
        assert min(lengths) > 1
    assert max(lengths) <= size + 1


def test_the_order_is_a_function_of_seed_and_epoch_wherever_one_begins():
    batches = batches_of(50, 8, shuffle=True, seed=1)
    whole = [b.y[0].tolist() for b in batches.epoch(4)]
    assert [b.y[0].tolist() for b in batches.epoch(4, first=3)] == whole[3:]
    assert whole != [b.y[0].tolist() for b in batches.epoch(5)]
    assert whole != [b.y[0].tolist() for b in batches_of(50, 8, shuffle=True, seed=2).epoch(4)]


def test_a_flip_comes_to_each_row_in_every_second_epoch():
    X = np.arange(400, dtype=np.float32).reshape(200, 2, 1)
    batches = Batches(Resident(Rows(X), torch.float32, CPU), (torch.arange(200),), None, 7, 5, True, (flip(),))
    turned = torch.zeros(4, 200, dtype=torch.bool)
    for epoch in range(4):
        for (x,), (rows,), *_ in batches.epoch(epoch):
            turned[epoch, rows] = x[:, 0, 0] > x[:, 0, 1]
            assert torch.equal(x.amin((1, 2)).long(), 2 * rows)
    assert torch.equal(turned[1], ~turned[0])
    assert torch.equal(turned[2:], turned[:2])
    assert 70 < int(turned[0].sum()) < 130


def test_where_rows_are_not_the_same_in_each_epoch_flips_are_drawn():
    X = np.arange(80, dtype=np.float32).reshape(40, 2, 1)
    store = Resident(Rows(X), torch.float32, CPU)
    batches = Batches(store, (torch.arange(40),), None, 40, 5, augment=(flip(),), in_turn=False)
    turned = [next(batches.epoch(e)).x[0][:, 0, 0] % 2 == 1 for e in (0, 2, 4)]
    assert not torch.equal(turned[0], turned[1])
    assert not torch.equal(turned[1], turned[2])


def test_partial_fit_draws_its_flips_and_fit_takes_turns():
    X, y = np.zeros((6, 4, 4)), np.array([0, 1] * 3)
    model = CNNClassifier(augment="flip", in_channels_list=(None, 2), out_channels=2, random_state=0)
    assert model._prepared(X, y).batches.in_turn
    assert not model._prepared(X, y, one_pass=True, classes=[0, 1]).batches.in_turn
    model.partial_fit(X, y, classes=[0, 1])
    assert not model._prepared_more(X, y, None, ALONE).batches.in_turn


@pytest.mark.parametrize(
    ("name", "channels"),
    [(n, c) for c in (1, 3) for n in AUGMENTATIONS if c == 3 or n not in COLOURS],
)
def test_augmented_batches_lie_channels_last_as_others_do(name, channels):
    X = np.random.default_rng(0).normal(size=(6, 8, 8, channels)).astype(np.float32)
    store = Resident(Rows(X), torch.float32, CPU)
    plain = next(Batches(store, (torch.arange(6),), None, 6).epoch(0)).x[0]
    augmented = next(Batches(store, (torch.arange(6),), None, 6, augment=(AUGMENTATIONS[name],)).epoch(0)).x[0]
    assert augmented.stride() == plain.stride() == (64 * channels, 1, 8 * channels, channels)


def test_augmentation_is_a_function_of_seed_epoch_and_batch():
    def noise(x, rng):
        return x + torch.rand(x.shape, generator=rng)

    batches = batches_of(12, 4, augment=(noise,))
    whole = [b.x[0] for b in batches.epoch(1)]
    assert torch.equal(next(batches.epoch(1, first=2)).x[0], whole[2])
    assert not torch.equal(whole[0] - whole[0].floor(), whole[1] - whole[1].floor())


@pytest.mark.parametrize("kind", [Resident, Streamed])
def test_a_store_gathers_any_rows_channels_last(kind, X):
    rows = np.array([3, 5, 7, 11])
    store = kind(Rows(X).chosen(rows), torch.float32, CPU)
    (got,) = store.gather(torch.tensor([2, 0, 2]))
    assert len(store) == 4
    assert got.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_array_equal(got.numpy(), np.moveaxis(X, -1, 1)[[7, 3, 7]])


@pytest.mark.parametrize("kind", [Resident, Streamed])
def test_uint8_stays_uint8(kind):
    X = np.arange(12, dtype=np.uint8).reshape(3, 2, 2, 1)
    assert kind(Rows(X), torch.float32, CPU).gather(torch.tensor([1]))[0].dtype == torch.uint8


def test_a_resident_store_does_not_share_the_users_memory(X):
    store = Resident(Rows(X), torch.float32, CPU)
    before = store.gather(torch.tensor([0]))[0].clone()
    X[:] = 0
    assert torch.equal(store.gather(torch.tensor([0]))[0], before)


@pytest.mark.parametrize("rows", range(1, 30))
def test_the_batches_are_counted_as_they_are_listed(rows):
    for size in range(1, 12):
        batches = Batches(range(rows), (torch.zeros(rows),), None, size)
        assert len(batches) == len(batches.bounds())


def test_a_mixed_batch_has_the_targets_and_weights_of_its_partners():
    X = np.random.default_rng(0).normal(size=(12, 8, 8, 1)).astype(np.float32)
    weights = torch.rand(12, generator=torch.Generator().manual_seed(0))
    store = Resident(Rows(X), torch.float32, CPU)

    def batch(**options):
        return next(Batches(store, (torch.arange(12),), weights, 12, 3, True, **options).epoch(1))

    (x,), (y,), weight, whole, (others, other_weight, kept) = batch(augment=(mixup(1.0),))
    assert whole is None
    assert torch.equal(weight, weights[y])
    assert torch.equal(other_weight, weights[others[0]])
    rows = torch.from_numpy(X).movedim(-1, 1)
    share = kept.view(-1, 1, 1, 1)
    torch.testing.assert_close(x, share * rows[y] + (1 - share) * rows[others[0]])
    halves = [batch(augment=(mixup(1.0),), share=Share(rank, 2)) for rank in (0, 1)]
    assert torch.equal(torch.cat([half.x[0] for half in halves]), x)
    assert torch.equal(torch.cat([half.mixed.y[0] for half in halves]), others[0])
    assert torch.equal(torch.cat([half.mixed.kept for half in halves]), kept)
    first, rest = rows_between(halves[0], 0, 2), rows_between(halves[0], 2, 6)
    assert torch.equal(torch.cat([first.mixed.weight, rest.mixed.weight]), other_weight[:6])
