from dataclasses import replace

import numpy as np

from foveal.doctor.leaks import leaks

from .planted import of_arrays


def made(groups):
    X, y = np.zeros((4, 4, 4), np.uint8), np.zeros(4, int)
    return replace(of_arrays(X[:3], y[:3], X[3:], y[3:]), groups=np.array(groups))


def test_a_group_on_both_sides_is_named_and_the_smaller_part_dropped():
    (found,) = leaks(made(["ann", "ann", "bob", "ann"]))
    assert found.severity == "error"
    assert "(ann)" in found.what
    assert found.groups == ((0, 1, 3),)
    assert found.table == (("group", "train", "valid", "test"), ("ann", "2", "0", "1"))
    assert [(s.row, s.action) for s in found.suggestions] == [(0, "keep"), (1, "keep"), (3, "drop")]


def test_groups_that_keep_to_one_part_and_rows_without_groups_are_no_finding():
    assert leaks(made([1, 1, 2, 3])) == []
    assert leaks(replace(made([1, 1, 1, 1]), groups=None)) == []
    assert leaks(replace(made([1, 1, 1, 1]), part=None)) == []
