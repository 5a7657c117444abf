import numpy as np
import pytest

from foveal.doctor.subject import blocks, numbered

from .planted import of_arrays


def test_rows_are_numbered_through_all_parts():
    X, y = np.zeros((3, 4, 4), np.uint8), np.array([0, 1, 1])
    subject = of_arrays(X, y, X[:2], y[:2], ("cat", "dog"))
    assert [subject.name(row) for row in (0, 4)] == ["train row 0", "test row 1"]
    assert (subject.label(1), subject.part_of(3), subject.parts()) == ("dog", "test", ["train", "test"])
    assert subject.good().tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("y", [np.zeros((4, 2)), np.array([0.5, 1.0]), np.empty(0, int)])
def test_targets_that_are_no_class_have_no_numbers(y):
    assert numbered(y, None) == (None, ())


def test_names_go_with_whole_numbers_and_objects_are_read_as_strings():
    numbers, names = numbered(np.array([2, 0]), ("a", "b", "c"))
    assert (numbers.tolist(), names) == ([2, 0], ("a", "b", "c"))
    assert numbered(np.array(["b", "a"], object), None)[1] == ("a", "b")
    assert numbered(np.array([7, -1]), ("a",))[1] == ("-1", "7")  # names that do not fit are not used


def test_blocks_hold_every_row_once():
    assert np.concatenate(list(blocks(np.arange(10), 3))).tolist() == list(range(10))
