"""Balanced epochs: classes equally often, each class used up before it begins again, a function of (seed, epoch)."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from foveal.core.shares import Share
from foveal.data.balance import balanced_rows
from foveal.data.batches import Batches
from foveal.data.order import epoch_order
from foveal.data.rows import Rows
from foveal.data.store import Resident, Streamed

CPU = torch.device("cpu")
RARE = np.repeat([0, 1, 2], [90, 7, 3])[np.random.default_rng(0).permutation(100)]
CLASSES = st.lists(st.integers(0, 4), min_size=1, max_size=60).map(np.array)


@given(CLASSES, st.booleans(), st.integers(0, 9))
def test_classes_come_equally_often_in_an_epoch_of_as_many_rows(classes, shuffle, epoch):
    rows = balanced_rows(classes, shuffle=shuffle, seed=3, epoch=epoch)
    counts = np.bincount(classes[rows], minlength=5)[np.unique(classes)]
    assert len(rows) == len(classes)
    assert counts.max() - counts.min() <= 1


@given(CLASSES, st.booleans())
def test_no_row_comes_again_before_its_class_is_used_up_whatever_the_epochs(classes, shuffle):
    epochs = [balanced_rows(classes, shuffle=shuffle, seed=1, epoch=epoch) for epoch in range(8)]
    rows = np.concatenate(epochs)
    for number in np.unique(classes):
        members = np.flatnonzero(classes == number)
        of_class = rows[classes[rows] == number]
        for first in range(0, len(of_class) - len(members) + 1, len(members)):
            assert sorted(of_class[first : first + len(members)]) == members.tolist()


def test_equal_classes_come_each_row_once():
    classes = np.arange(60) % 3
    for epoch in range(3):
        assert sorted(balanced_rows(classes, shuffle=True, seed=0, epoch=epoch)) == list(range(60))


def test_the_rows_are_a_function_of_seed_and_epoch():
    def drawn(seed, epoch):
        return balanced_rows(RARE, shuffle=True, seed=seed, epoch=epoch).tolist()

    assert drawn(0, 3) == drawn(0, 3)
    assert len({tuple(drawn(seed, epoch)) for seed in (0, 1) for epoch in range(4)}) == 8


def test_passes_of_a_class_have_orders_of_their_own():
    rows = [r for epoch in range(4) for r in balanced_rows(RARE, shuffle=True, epoch=epoch) if RARE[r] == 1]
    passes = {tuple(rows[first : first + 7]) for first in range(0, 126, 7)}
    assert len(passes) == 18
    firsts = np.bincount([p[0] for p in passes], minlength=100)[RARE == 1]
    assert (firsts > 0).sum() >= 4  # not always the same row first


def test_an_epochs_order_mixes_classes_and_goes_by_their_lengths_where_they_differ():
    order = epoch_order(100, 10, shuffle=True, seed=1, epoch=2, classes=RARE).numpy()
    assert sorted(order) == sorted(balanced_rows(RARE, shuffle=True, seed=1, epoch=2))
    assert RARE[order][:6].tolist() != [0, 1, 2, 0, 1, 2]
    lengths = np.random.default_rng(1).integers(1, 50, 100)
    sorted_order = epoch_order(100, 10, lengths, shuffle=False, classes=RARE).numpy()
    assert (np.diff(lengths[sorted_order]) >= 0).all()
    assert np.bincount(RARE[sorted_order]).tolist() == [34, 33, 33]


class Strict(Rows):
    """Rows as a user's source may have them: a row is read once, in ascending order."""

    in_memory = False

    def read(self, rows):
        assert (np.diff(rows) > 0).all()
        return super().read(rows)


def batches(store=Resident, **options):
    X = np.arange(200, dtype=np.float32).reshape(100, 2, 1)
    rows = Strict(X) if store is Streamed else Rows(X)
    targets = (torch.from_numpy(RARE),)
    return Batches(store(rows, torch.float32, CPU), targets, None, 16, 5, True, classes=RARE, **options)


def seen(found, epoch=3, first=0):
    return [(b.x[0].flatten().tolist(), b.y[0].tolist()) for b in found.epoch(epoch, first)]


def test_batches_hold_the_rows_of_their_targets_however_they_are_read_and_wherever_one_begins():
    whole = seen(batches())
    assert all(RARE[int(a) // 2] == t for x, y in whole for a, t in zip(x[::2], y, strict=True))
    assert seen(batches(Streamed)) == whole
    assert seen(batches(), first=4) == whole[4:]


@pytest.mark.parametrize("world", [2, 3])
def test_the_shares_of_several_processes_are_the_batches_of_one(world):
    whole = seen(batches())
    shares = [seen(batches(share=Share(rank, world))) for rank in range(world)]
    for number, (_, labels) in enumerate(whole):
        assert [label for share in shares for label in share[number][1]] == labels


def test_rows_whose_length_varies_are_read_once_too():
    class Varying(Strict):
        lengths = np.full(100, 2)

    store = Streamed(Varying(np.arange(200, dtype=np.float32).reshape(100, 2, 1)), torch.float32, CPU, buckets=True)
    (x,) = store.gather(torch.tensor([5, 3, 5, 5]))
    assert x.flatten(1).tolist() == [[10, 11], [6, 7], [10, 11], [10, 11]]
