"""Rows to predict are held against those of the fit."""

import numpy as np
import pandas as pd
import pytest

from foveal.core.errors import DataError, ShapeError
from foveal.core.forms import form_of
from foveal.data.reading import rows_like
from foveal.data.source import between

FORM = form_of((1, 4, 6))


def test_an_array_is_read_as_the_layout_says():
    X = np.arange(72.0).reshape(3, 4, 6)
    (part,) = between(rows_like(X, FORM, "NHW", np.float32), 1, 3)
    np.testing.assert_array_equal(part[..., 0], X[1:])


def test_a_source_is_given_back_and_an_array_is_none():
    source = rows_like(np.zeros((3, 4, 6)), FORM, "NHW", np.float32)
    assert rows_like(source, FORM, None, np.float32) is source
    with pytest.raises(DataError, match=r"X must be a source of rows x \(1, 4, 6\), as at fit, got ndarray"):
        rows_like(np.zeros((3, 4, 6)), FORM, None, np.float32)


@pytest.mark.parametrize("as_source", [False, True])
def test_rows_of_another_shape_are_refused(as_source):
    other = np.zeros((3, 4, 5))
    given = rows_like(other, form_of((1, 4, 5)), "NHW", np.float32) if as_source else other
    with pytest.raises(ShapeError, match="4, 6"):
        rows_like(given, FORM, "NHW", np.float32)


def test_what_is_not_finite_is_refused_under_the_name_it_was_given():
    X = np.zeros((3, 4, 6))
    X[1, 2, 3] = np.nan
    with pytest.raises(DataError, match="validation X"):
        rows_like(X, FORM, "NHW", np.float32, name="validation X")


def test_columns_in_another_order_are_refused():
    frame = pd.DataFrame(np.zeros((3, 2)), columns=["a", "b"])
    form = form_of((1, 2))
    assert len(rows_like(frame, form, "NL", np.float32, columns=["a", "b"])) == 3
    with pytest.raises(DataError, match="the same ones in the same order"):
        rows_like(frame[["b", "a"]], form, "NL", np.float32, columns=["a", "b"])
