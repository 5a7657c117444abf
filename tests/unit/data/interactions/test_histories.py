"""Histories as a source."""

import numpy as np

from foveal.data.interactions.histories import Histories
from foveal.data.promises import check_source
from foveal.data.sequences import Sequences

WHOLE = Sequences.of([[1, 2, 3, 4, 5, 6, 7], [8, 9], [3]])


def test_each_item_but_the_first_is_a_target_once():
    rows = Histories.of_all(WHOLE, 9, 3)
    check_source(rows)
    items, mask = rows.read(np.arange(len(rows)))
    targets = [items[row, place].item() for row, place in np.argwhere(mask) if place >= rows.firsts[row]]
    assert sorted(targets) == [2, 3, 4, 5, 6, 7, 9]
    assert rows.lengths.max() == 4
    assert rows.n_targets.tolist() == (rows.lengths - 1).tolist()
    assert [(part.name, part.values) for part in rows.form] == [("items", 10), ("mask", None)]


def test_the_last_item_alone_is_asked():
    rows = Histories.of_last(WHOLE, 9, 3)
    items, _ = rows.read(np.array([0]))
    assert items.tolist() == [[4, 5, 6, 7]]
    assert rows.firsts.tolist() == [3, 1, 0]


def test_some_of_the_rows_and_their_digest():
    rows = Histories.of_all(WHOLE, 9, 3)
    some = rows.chosen(np.array([1, 0]))
    assert some.form == rows.form
    assert some.digest() != rows.digest()
    assert rows.chosen(np.arange(len(rows))).digest() == rows.digest()
    assert rows.statistics(np.arange(2), np.float32) is None


def test_counts_are_of_whole_histories():
    rows = Histories.of_all(WHOLE, 9, 3)
    assert rows.popularity().tolist() == [0, 1, 1, 2, 1, 1, 1, 1, 1, 1]
    assert rows.transitions(9, 20).items[8].tolist()[0] == 9
