"""Rows of many lengths are padded to few, on request; what is in them stays where it was."""

import numpy as np
import pytest
import torch

from foveal.core.forms import Part
from foveal.data.buckets import bucket, bucketed, put
from foveal.data.store import Streamed, store_of

CPU = torch.device("cpu")


class Words:
    """Rows of `lengths` numbers and a mask, padded with -1 to the longest of a batch."""

    form = Part("x", (2, None)), Part("mask", (None,), "bool")
    in_memory = True

    def __init__(self, lengths):
        self.lengths = np.asarray(lengths)

    def __len__(self):
        return len(self.lengths)

    def read(self, rows):
        assert (np.diff(rows) >= 0).all()
        longest = self.lengths[rows].max()
        mask = np.arange(longest) < self.lengths[rows][:, None]
        x = np.where(mask, np.arange(1, longest + 1) + 100 * rows[:, None], -1.0)
        return np.stack((x, -x), axis=-1), mask


def test_buckets_are_few_and_waste_at_most_a_third():
    bounds = {bucket(n) for n in range(1, 4097)}
    assert bounds == {1} | {2**k for k in range(1, 13)} | {3 * 2**k for k in range(11)}
    assert all(n <= bucket(n) <= 1.5 * n for n in range(1, 4097))
    assert all(bucket(bound) == bound for bound in bounds)


def test_only_what_varies_is_padded_and_never_beyond_the_longest_row():
    assert bucketed(Part("x", (3, 5, None)), (5, 9, 3), 100) == (5, 12, 3)
    assert bucketed(Part("x", (None, 5)), (5, 9), 100) == (5, 12)
    assert bucketed(Part("x", (3, None)), (9, 3), 10) == (10, 3)
    assert bucketed(Part("target", (None,)), (13,), 10) == (13,)  # longer than what the rows are sorted by


def test_rows_are_put_in_their_corner():
    out = np.zeros((2, 3, 2))
    put(np.ones((2, 1, 2)), out, np.array([1, 0]))
    assert out.sum() == 4
    assert (out[:, 0] == 1).all()


@pytest.mark.parametrize("index", [[0], [3, 1], [4, 0, 2, 2], [1, 0, 3, 4, 2]])
def test_a_store_with_buckets_gives_the_rows_and_zeros(index):
    source, chosen = Words([5, 7, 2, 11, 13]), torch.tensor(index)
    x, mask = Streamed(source, torch.float32, CPU).gather(chosen)
    wide, wide_mask = Streamed(source, torch.float32, CPU, buckets=True).gather(chosen)
    longest = int(source.lengths[index].max())
    assert x.shape[-1] == longest
    assert wide.shape[-1] == wide_mask.shape[-1] == min(bucket(longest), 13)
    assert torch.equal(wide[..., :longest], x)
    assert torch.equal(wide_mask[:, :longest], mask)
    assert not wide[..., longest:].any()
    assert not wide_mask[:, longest:].any()


def test_rows_of_one_shape_and_stores_that_are_not_asked_know_no_buckets():
    fixed = Words([5, 7])
    fixed.lengths, lengths = None, fixed.lengths
    assert Streamed(fixed, torch.float32, CPU, buckets=True).longest is None
    fixed.lengths = lengths
    assert store_of(fixed, torch.float32, CPU).longest is None
    assert store_of(fixed, torch.float32, CPU, buckets=True).longest == 7
