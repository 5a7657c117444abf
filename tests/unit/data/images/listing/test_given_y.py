"""Labels and targets as users give them."""

import numpy as np
import pytest

from foveal.core.errors import DataError
from foveal.data.images.listing.given_y import read_y


@pytest.mark.parametrize(
    ("y", "numbers", "names"),
    [
        (["b", "a"], [1, 0], ("a", "b")),
        ([10, 2], [1, 0], ("2", "10")),
        (list(range(12)), list(range(12)), tuple(map(str, range(12)))),
        ([True, False], [1, 0], ("False", "True")),
        (np.array(["x", 3], object), [1, 0], ("3", "x")),
        (np.array([[1], [0]]), [1, 0], ("0", "1")),
        ([[1, 0], [1, 1]], [[1, 0], [1, 1]], ("0", "1")),
        ([[1.0, 0.0], [1.0, 1.0]], [[1, 0], [1, 1]], ("0", "1")),
        ([[True, False]], [[1, 0]], ("0", "1")),
        ([1.0, 0.5], [1.0, 0.5], None),
        ([1.0, 2.0], [1.0, 2.0], None),
        ([[1, 2], [0, 1]], [[1.0, 2.0], [0.0, 1.0]], None),
        (np.zeros((2, 2, 1))[:, :, 0] + 0.5, [[0.5, 0.5]] * 2, None),
    ],
)
def test_y(y, numbers, names):
    found, classes = read_y(y, len(numbers))
    assert (found.tolist(), classes) == (numbers, names)
    assert found.dtype.kind == ("f" if names is None else "u" if found.ndim == 2 else "i")


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (["a"], r"y must be as long as the list of files, 2, got 1"),
        ("ab", r"y must be as long as the list of files, 2, got a single value"),
        (["a", None], r"y has no label in 1 rows \(row 1: None\); mend them"),
        (["a", " "], r"no label in 1 rows \(row 1: np\.str_\(' '\)\)"),
        ([0.5, float("nan")], r"y has no finite number in 1 rows \(row 1: "),
        ([[0.5, 1], [np.inf, 0]], r"no finite number in 1 rows"),
        ([b"a", b"b"], r"y must hold strings or numbers, got \|S1; give labels as strings"),
        (np.zeros((2, 2, 2)), r"y must be \(N,\), or \(N, K\) of numbers, got \(2, 2, 2\) of float64"),
        ([["a", "b"], ["c", "d"]], r"got \(2, 2\) of <U1"),
        (np.zeros((2, 0)), r"got \(2, 0\)"),
        ([[1], [1, 2]], r"y must hold one label or target a picture, in rows of one length"),
    ],
)
def test_y_that_is_none(y, message):
    with pytest.raises(DataError, match=message):
        read_y(y, 2)
