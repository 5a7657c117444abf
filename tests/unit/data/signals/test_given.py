import numpy as np
import pytest
import torch

from foveal.core.errors import DataError
from foveal.data.signals.given import signals_given, signals_like
from foveal.data.signals.ragged import Ragged

pd = pytest.importorskip("pandas")

LENGTHS = [4, 2, 3]
SIGNALS = [np.arange(2.0 * n).reshape(2, n) for n in LENGTHS]


def objects(rows):
    return np.fromiter(rows, object, len(rows))


GIVEN = {
    "a list of arrays": (SIGNALS, "NCL"),
    "a tuple, channels last": (tuple(s.T for s in SIGNALS), "NLC"),
    "an object array": (objects(SIGNALS), "NCL"),
    "tensors": ([torch.from_numpy(s) for s in SIGNALS], "NCL"),
    "nested lists": ([s.tolist() for s in SIGNALS], "NCL"),
    "tables": ([pd.DataFrame(s.T) for s in SIGNALS], "NLC"),
    "a table of series": (pd.DataFrame({c: [pd.Series(s[c]) for s in SIGNALS] for c in (0, 1)}), None),
    "an object array of series": (pd.DataFrame({c: [s[c] for s in SIGNALS] for c in (0, 1)}).to_numpy(), None),
}  # fmt: skip


@pytest.mark.parametrize("case", GIVEN)
def test_signals_of_unequal_length_become_a_source(case):
    X, layout = GIVEN[case]
    rows = signals_given(X, layout)
    assert isinstance(rows, Ragged)
    assert rows.lengths.tolist() == LENGTHS
    for row, signal in enumerate(SIGNALS):
        np.testing.assert_array_equal(rows[row], signal.T)


def test_series_of_one_channel():
    rows = signals_given([pd.Series(s[0], index=range(9, 9 + s.shape[1])) for s in SIGNALS], "NL")
    assert rows[1].tolist() == [[0.0], [1.0]]


@pytest.mark.parametrize(
    ("X", "layout"),
    [
        ([s[..., None] for s in SIGNALS], None),  # they might be pictures
        (SIGNALS, "NCHW"),
        ([np.zeros((2, 3))] * 2, "NCL"),
        (np.zeros((2, 3)), "NL"),
        (np.zeros((2, 3), object), "NL"),
        (pd.DataFrame({"a": [1.0, 2.0]}), None),
        ([1, 2], "NL"),
        ([], "NL"),
    ],
)
def test_all_else_stays_as_it_is(X, layout):
    assert signals_given(X, layout) is X


@pytest.mark.parametrize(
    ("rows", "layouts"),
    [
        ([s[0] for s in SIGNALS], "layout='NL' ("),
        ([s[0].tolist() for s in SIGNALS], "layout='NL' ("),
        (SIGNALS, "layout='NCL' ("),
        ([s.T for s in SIGNALS], "layout='NLC' ("),
    ],
)
def test_rows_that_differ_in_length_alone_are_told_their_layout(rows, layouts):
    with pytest.raises(DataError) as error:
        signals_given(rows, None)
    assert f"for signals give {layouts}" in str(error.value)


def test_a_source_stays_as_it_is():
    rows = Ragged(SIGNALS, "NCL")
    assert signals_given(rows, None) is rows
    assert signals_like(rows, "NCL") is rows


def test_a_fitted_model_takes_signals_of_one_length_too():
    assert signals_like(np.zeros((5, 2, 7)), "NCL").lengths.tolist() == [7] * 5
    assert signals_like([SIGNALS[0]], "NCL").lengths.tolist() == [4]
    with pytest.raises(DataError, match=r"X must be a list of arrays, layout NCL, as at fit, got str; a single signal"):
        signals_like("a", "NCL")


def test_a_table_of_series_that_differ_within_a_row_is_refused():
    X = pd.DataFrame(
        {"a": [pd.Series([1.0, 2.0]), pd.Series([1.0])], "b": [pd.Series([1.0, 2.0]), pd.Series([1.0, 2])]}
    )
    with pytest.raises(DataError, match=r"row 1 of X must hold a series in each column, all of one length"):
        signals_given(X, None)
    with pytest.raises(DataError, match=r"X is a table of series, .* layout='NHW' names the axes of something else"):
        signals_given(X, "NHW")
