import numpy as np
import pytest

from foveal.core.errors import DataError, ParameterError, ShapeError
from foveal.data.promises import check_source
from foveal.data.signals.ragged import Ragged
from foveal.data.source import Source


def signals(dtype=np.float32):
    rng = np.random.default_rng(0)
    return [(rng.normal(size=(2, n)) * 10 + 100).astype(dtype) for n in (3, 1, 5, 2)]


def test_it_is_a_source_that_keeps_the_contract():
    rows = Ragged(signals(), "NCL")
    assert isinstance(rows, Source)
    check_source(rows)
    check_source(rows.chosen(np.array([3, 0])))


@pytest.mark.parametrize("layout", ["NCL", "NLC", "NL"])
def test_rows_are_read_padded_with_their_mask(layout):
    given = signals()
    laid = {"NCL": given, "NLC": [s.T for s in given], "NL": [s[0] for s in given]}[layout]
    channels = 1 if layout == "NL" else 2
    rows = Ragged(laid, layout)
    x, mask = rows.read(np.array([1, 2]))
    assert (x.shape, mask.shape) == ((2, 5, channels), (2, 5))
    for row, number in enumerate((1, 2)):
        n = given[number].shape[1]
        np.testing.assert_array_equal(x[row, :n], given[number].T[:, :channels])
        assert not x[row, n:].any()
        assert mask[row].tolist() == [place < n for place in range(5)]


def test_chosen_rows_are_those_and_in_that_order():
    rows, given = Ragged(signals(), "NCL"), signals()
    some = rows.chosen(np.array([3, 0, 0])).chosen(np.array([1, 0]))
    assert some.lengths.tolist() == [3, 2]
    np.testing.assert_array_equal(some[1], given[3].T)
    np.testing.assert_array_equal(some.read(np.array([0]))[0][0], given[0].T)
    assert some.values is rows.values


def test_statistics_are_of_the_places_that_are_there():
    given, rows = signals(), Ragged(signals(), "NCL")
    found = rows.chosen(np.array([2, 1, 0])).statistics(np.array([0, 2]), np.float32)
    values = np.concatenate([given[2], given[0]], axis=1).astype(np.float64)
    np.testing.assert_allclose(found.mean, values.mean(axis=1))
    np.testing.assert_allclose(found.deviation, values.std(axis=1))


def test_bytes_stay_bytes_and_integers_become_numbers():
    assert Ragged(signals(np.uint8), "NCL").form[0].dtype == "uint8"
    assert Ragged(signals(np.uint8), "NCL").statistics(np.array([0]), np.float32).scale == 255
    assert Ragged(signals(np.int16), "NCL").values.dtype == np.float64


def test_a_digest_tells_other_rows_values_and_lengths():
    rows = Ragged(signals(), "NCL")
    others = signals()
    others[2][0, 0] += 1
    cut = [s[:, : max(1, s.shape[1] - 1)] for s in signals()]
    found = [Ragged(r, "NCL").digest() for r in (signals(), others, cut)] + [
        rows.chosen(np.array([1, 0, 2, 3])).digest()
    ]
    assert found[0] == rows.digest()
    assert len(set(found)) == 4


def bad(place, value):
    given = signals()
    given[place][0, -1] = value
    return given


REFUSED = {
    "none": ([], "NCL", DataError, "X is empty: 0 rows"),
    "NaN": (bad(2, np.nan), "NCL", DataError, "X contains NaN, first in row 2, step 4"),
    "infinite": (bad(1, np.inf), "NCL", DataError, "X contains infinity .*, first in row 1, step 0"),
    "no step": ([np.zeros((2, 3)), np.zeros((2, 0))], "NCL", DataError, r"row 1 of X is empty, of shape \(2, 0\)"),
    "axes": ([np.zeros((2, 3)), np.zeros(3)], "NCL", ShapeError, r"row 1 of X must have 2 axes, .* shape \(3,\)"),
    "channels": (signals(), "NLC", ShapeError, "row 1 of X has 1 channels and row 0 3, read as layout='NLC'"),
    "words": ([np.zeros(2), np.array(["a"])], "NL", DataError, "row 1 of X must hold real numbers"),
    "layout": (signals(), "NHW", ParameterError, "layout must be one of 'NL', 'NCL', 'NLC', got 'NHW'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_told_with_the_row(case):
    rows, layout, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        Ragged(rows, layout)
