from dataclasses import replace

import numpy as np

from foveal.doctor.counts import counts

from .planted import of_arrays


def found(y, y_test=None, **changes):
    X = np.zeros((len(y), 4, 4), np.uint8)
    X_test = None if y_test is None else X[: len(y_test)]
    subject = of_arrays(X, np.array(y), X_test, None if y_test is None else np.array(y_test))
    return {finding.check: finding for finding in counts(replace(subject, **changes))}


def test_balanced_classes_are_no_finding():
    assert found([0] * 20 + [1] * 20, [0, 1]) == {}


def test_imbalance_and_few_rows_are_told_with_the_counts():
    told = found([0] * 100 + [1] * 4)
    assert "25 times" in told["imbalance"].what
    assert told["imbalance"].table[1:] == (("0", "100", "96.2%"), ("1", "4", "3.8%"))
    assert told["few-rows"].severity == "warning"


def test_classes_that_a_part_lacks_are_told_by_what_it_means():
    told = found([0] * 20 + [1] * 20, [0, 2])
    assert (told["class-not-learnt"].severity, "of 2" in told["class-not-learnt"].what) == ("error", True)
    assert "no row of 1" in told["class-not-measured"].what


def test_files_that_cannot_be_read_are_rows_to_drop():
    told = found([0] * 20 + [1] * 20, bad=[("a.png", "is empty: 0 bytes")], bad_rows=[3])["unreadable"]
    assert (told.groups, told.remarks, told.suggestions[0].action) == (((3,),), ("is empty: 0 bytes",), "drop")
    assert told.table[1] == ("a.png", "is empty: 0 bytes")


def test_rows_that_are_not_finite_are_an_error():
    X = np.ones((30, 5))
    X[4, 2] = np.nan
    (told,) = [f for f in counts(of_arrays(X, np.repeat([0, 1], 15))) if f.check == "not-finite"]
    assert (told.severity, told.groups) == ("error", ((4,),))
