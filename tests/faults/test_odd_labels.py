"""Labels that look odd and are fine: they come back as they went in."""

import decimal
from datetime import date

import numpy as np
import pandas as pd
import pytest
import torch

from .small import classes, classifier, images

X, Y = images(), classes()


def objects(*labels):
    y = np.empty(len(labels), object)
    y[:] = labels
    return np.tile(y, 12 // len(labels))


GOOD = {
    "tuples": objects(("a", 1), ("b", 2)),
    "frozensets": objects(frozenset({1}), frozenset()),
    "strings beside numbers": objects("a", 3),
    "strings beside numbers in a list": ["a", 3] * 6,
    "None's neighbours": objects("None", "nan"),
    "classes": objects(int, str),
    "decimals": objects(decimal.Decimal(1), decimal.Decimal("2.5")),
    "dates": objects(date(2020, 1, 1), date(2021, 1, 1)),
    "datetime64": np.array(["2020-01-01", "2021-01-01"] * 6, "M8[ns]"),
    "timedelta64": np.array([1, 2] * 6, "m8[s]"),
    "Python's big integers": [10**30, 1] * 6,
    "unsigned": np.array([2**64 - 1, 0] * 6, np.uint64),
    "big-endian": Y.astype(">i4"),
    "booleans": Y > 0,
    "whole floats": Y * 2.0,
    "half precision": Y.astype(np.float16),
    "a Series with its own index": pd.Series(Y, index=range(5, 17)),
    "categories": pd.Series(pd.Categorical(["a", "b"] * 6)),
    "pandas' strings": pd.Series(["a", "b"] * 6, dtype="string"),
    "nullable integers": pd.Series(Y, dtype="Int64"),
    "a tensor": torch.from_numpy(Y),
    "a tensor with a gradient": torch.from_numpy(Y * 1.0).requires_grad_(),
    "a bfloat16 tensor": torch.from_numpy(Y).bfloat16(),
    "a list of tensors": list(torch.from_numpy(Y)),
    "a range": range(12),
    "a mask that masks nothing": np.ma.array(Y),
}  # fmt: skip


@pytest.mark.parametrize("case", GOOD)
def test_labels_come_back_as_they_went_in(case):
    y = GOOD[case]
    model = classifier(valid_size=0).fit(X, y)
    given = y.tolist() if hasattr(y, "tolist") else [v.item() if isinstance(v, torch.Tensor) else v for v in y]
    assert set(model.classes_.tolist()) == set(given)
    assert set(model.predict(X).tolist()) <= set(model.classes_.tolist())
    assert 0 <= model.score(X, y) <= 1


def test_labels_that_cannot_be_compared_keep_their_order_of_appearance():
    y = [3, 1, "a", 2] * 3
    assert classifier(valid_size=0).fit(X, y).classes_.tolist() == [3, 1, "a", 2]


def test_an_indicator_of_objects_is_an_indicator():
    y = np.array([[0, 1, 1], [1, 1, 0]] * 6, dtype=object)
    assert classifier().fit(X, y).predict(X).shape == (12, 3)
