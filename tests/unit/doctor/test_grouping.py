import numpy as np

from foveal.doctor.grouping import linked, same_digests, together


def test_rows_of_one_digest_are_together_and_others_are_not():
    digests = np.array([[1, 2], [3, 4], [1, 2], [3, 4], [5, 6]], np.uint8)
    assert same_digests(digests, np.arange(5)) == [(0, 2), (1, 3)]
    assert same_digests(digests, np.array([2, 3, 4])) == []
    assert same_digests(digests, np.empty(0, int)) == []


def test_numbers_are_grouped_by_rows_of_their_own():
    assert together(np.array([1, 0, 1]), np.array([10, 11, 12])) == [(10, 12)]


def test_pairs_become_groups_in_their_order():
    assert linked(np.array([[5, 6], [1, 2], [0, 1]])) == [(5, 6), (0, 1, 2)]
    assert linked(np.empty((0, 2), int)) == []
