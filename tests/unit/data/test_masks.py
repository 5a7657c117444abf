"""Masks as users have them, and what is wrong with some."""

import numpy as np
import pytest

from foveal.core.errors import DataError, DataTypeError
from foveal.data import masks
from foveal.data.masks import as_masks, check_shares, counts_of, labels_in, numbered, rarest_in_rows, with_unknown

MASK = np.array([[[0, 7], [7, 255]], [[0, 0], [0, 3]]])


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.int16, np.uint16, ">i4"])
def test_labels_are_numbered_in_their_order(dtype):
    labels = labels_in(MASK.astype(dtype), ignored=255)
    assert labels.tolist() == [0, 3, 7]
    found = numbered(MASK.astype(dtype), labels, ignored=255)
    assert found.dtype == np.uint8
    assert found.tolist() == [[[0, 2], [2, 255]], [[0, 0], [0, 1]]]


def test_flags_and_masks_of_0_and_255_are_two_classes():
    assert labels_in(MASK == 7).tolist() == [False, True]
    assert numbered(np.array([[0, 255]], np.uint8), np.array([0, 255], np.uint8)).tolist() == [[0, 1]]


def test_masks_that_are_numbers_already_are_not_copied(tmp_path):
    y = np.memmap(tmp_path / "masks", np.uint8, "w+", shape=(4, 8, 8))
    y[1] = 1
    assert numbered(y, labels_in(y)) is y


@pytest.mark.parametrize("block", [1, 2, 8])
def test_blocks_of_any_size_give_the_same(monkeypatch, block):
    monkeypatch.setattr(masks, "_BLOCK", block)
    assert numbered(MASK, labels_in(MASK)).tolist() == [[[0, 2], [2, 3]], [[0, 0], [0, 1]]]
    assert counts_of(numbered(MASK, labels_in(MASK)), 4).tolist() == [4, 1, 2, 1]


def test_shares_of_classes_add_up():
    shares = np.array([[[0.25, 0.75], [0.0, 0.0]]])
    assert check_shares(shares).dtype == np.float32
    assert counts_of(check_shares(shares), 2).tolist() == [0.25, 0.75]
    with pytest.raises(DataError, match=r"no shares of classes \(row 1\)"):
        check_shares(np.array([[[0.5, 0.5]], [[0.5, 0.7]]]))
    with pytest.raises(DataError, match=r"y.astype\(np.uint8\)"):
        check_shares(np.array([[0.0, 2.0]]))


def test_the_rarest_class_of_a_row():
    y = np.array([[0, 0, 1], [2, 0, 0], [0, 0, 0], [255, 255, 255], [1, 1, 0]], np.uint8)
    assert rarest_in_rows(y).tolist() == [1, 2, 0, 255, 1]


@pytest.mark.parametrize(
    ("y", "error", "words"),
    [
        (np.zeros(4, int), DataError, r"\(N, H, W\), got shape \(4,\)"),
        (np.zeros((0, 2, 2), int), DataError, "got shape"),
        (np.array([["a", "b"]]), DataTypeError, "masks of whole numbers, got dtype <U1"),
        (np.zeros((2, 2), complex), DataTypeError, "complex"),
        ([np.zeros((2, 2)), np.zeros((3, 3))], DataError, "masks must have one size"),
    ],
)
def test_what_is_no_mask_is_refused(y, error, words):
    with pytest.raises(error, match=words):
        as_masks(y)


def test_numbers_of_objects_are_no_classes():
    with pytest.raises(DataError, match="more than 255 different labels: numbers of objects"):
        labels_in(np.arange(300).reshape(3, 10, 10))


def test_an_unknown_label_is_named_with_its_row():
    with pytest.raises(DataError, match=r"validation's y holds the label 9 \(row 1\), .* classes \[0, 1\]"):
        numbered(np.array([[0, 1], [9, 0]]), np.array([0, 1]), "validation's y")


def test_places_that_do_not_count_keep_off_the_labels():
    assert with_unknown(np.array([[True, False]]), None).dtype == bool
    assert with_unknown(np.array([[-1, 3]]), 3).tolist() == [[-1, np.iinfo(int).min]]
