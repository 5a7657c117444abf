"""Rows of whole numbers of unequal length."""

import numpy as np

from foveal.data.sequences import Sequences


def test_rows_are_padded_with_zeros_and_masked():
    rows = Sequences.of([[5, 6, 7], [], [8]])
    chosen = rows.chosen(np.array([2, 1, 0]))
    every = np.arange(3)
    assert chosen.padded(every).tolist() == [[8, 0, 0], [0, 0, 0], [5, 6, 7]]
    assert chosen.there(every).sum(1).tolist() == [1, 0, 3]
    assert chosen.padded(np.array([1])).shape == (1, 1)
    assert chosen.padded(np.array([0]), least=4).tolist() == [[8, 0, 0, 0]]
    assert chosen.row(2).tolist() == [5, 6, 7]


def test_a_digest_knows_values_lengths_and_order():
    rows = Sequences.of([[1, 2], [3]])
    assert rows.digest() == Sequences.of([[1, 2], [3]]).digest()
    others = [[[1], [2, 3]], [[3], [1, 2]], [[1, 2], [4]]]
    assert len({rows.digest(), *(Sequences.of(other).digest() for other in others)}) == 4
    assert rows.chosen(np.array([1])).digest() == Sequences.of([[3]]).digest()
