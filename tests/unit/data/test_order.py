"""The order of an epoch: every row once, a function of (seed, epoch), rows of like length together."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from foveal.data.batches import Batches
from foveal.data.order import POOL, epoch_order

LENGTHS = np.random.default_rng(0).integers(1, 200, size=3_000)


def padding(order, lengths, size):
    """Count the places of padding in batches of `size`, for each place that is used."""
    batches = [lengths[rows.numpy()] for rows in torch.split(order, size)]
    return sum(len(b) * b.max() - b.sum() for b in batches) / lengths.sum()


@given(st.integers(1, 300), st.integers(1, 20), st.booleans(), st.booleans(), st.integers(0, 99))
def test_an_order_holds_every_row_once(rows, size, shuffle, varies, epoch):
    lengths = LENGTHS[:rows] if varies else None
    order = epoch_order(rows, size, lengths, shuffle=shuffle, seed=3, epoch=epoch)
    assert sorted(order.tolist()) == list(range(rows))


def test_without_lengths_the_order_is_a_permutation_and_nothing_else():
    drawn = torch.randperm(50, generator=torch.Generator().manual_seed(1))
    order = epoch_order(50, 8, shuffle=True, seed=1, epoch=4)
    assert not torch.equal(order, drawn)
    assert torch.equal(epoch_order(50, 8, shuffle=False), torch.arange(50))


def test_the_order_is_a_function_of_seed_and_epoch():
    given = {"rows": 3_000, "batch_size": 10, "lengths": LENGTHS, "shuffle": True}
    assert torch.equal(epoch_order(**given, seed=1, epoch=2), epoch_order(**given, seed=1, epoch=2))
    assert not torch.equal(epoch_order(**given, seed=1, epoch=2), epoch_order(**given, seed=1, epoch=3))
    assert not torch.equal(epoch_order(**given, seed=1, epoch=2), epoch_order(**given, seed=2, epoch=2))


def test_buckets_need_little_padding_and_no_order_at_all_needs_less_than_sorting():
    size = 10
    by_chance = padding(torch.randperm(3_000), LENGTHS, size)
    in_buckets = padding(epoch_order(3_000, size, LENGTHS, shuffle=True), LENGTHS, size)
    in_order = padding(epoch_order(3_000, size, LENGTHS, shuffle=False), LENGTHS, size)
    assert in_order <= in_buckets < by_chance / 10


def test_batches_of_short_rows_do_not_all_come_first():
    order = epoch_order(POOL * 10, 10, LENGTHS[: POOL * 10], shuffle=True)
    means = [LENGTHS[rows.numpy()].mean() for rows in torch.split(order, 10)]
    assert abs(np.corrcoef(means, np.arange(len(means)))[0, 1]) < 0.4


@pytest.mark.parametrize("rows", [1, 2, 19, 20, 21, 22, 41])
def test_batches_of_varying_rows_are_those_of_rows_of_one_shape(rows):
    batches = Batches(range(rows), (torch.zeros(rows),), None, 10, lengths=LENGTHS[:rows])
    assert len(batches) == len(batches.bounds())
    assert batches.bounds() == Batches(range(rows), (torch.zeros(rows),), None, 10).bounds()
