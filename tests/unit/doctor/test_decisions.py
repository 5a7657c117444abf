import csv
import io

import numpy as np
import pytest

from foveal.core.errors import DataError, ResourceError
from foveal.doctor.decisions import COLUMNS, Decision, decisions_csv, read_decisions
from foveal.doctor.findings import Finding, Suggestion

from .planted import of_arrays

X = np.arange(4 * 36, dtype=np.uint8).reshape(4, 6, 6)
SUBJECT = of_arrays(X, np.array([0, 1, 0, 1]), names=("cat", "dog"))
FINDINGS = [
    Finding("wrong-labels", "warning", "", "", suggestions=(Suggestion(2, "relabel", "dog"), Suggestion(1, "keep"))),
    Finding("blank", "warning", "", "", suggestions=(Suggestion(2, "drop"),)),
]


def test_a_row_has_one_line_with_the_strongest_action_and_all_reasons():
    lines = list(csv.DictReader(io.StringIO(decisions_csv(SUBJECT, FINDINGS).decode())))
    assert tuple(lines[0]) == COLUMNS
    assert [(line["row"], line["action"], line["finding"]) for line in lines] == [
        ("1", "keep", "wrong-labels"), ("2", "drop", "wrong-labels; blank"),
    ]  # fmt: skip
    assert (lines[1]["name"], lines[1]["label"], len(lines[1]["key"])) == ("train row 2", "cat", 12)


def test_what_was_written_is_read(tmp_path):
    (tmp_path / "d.csv").write_bytes(decisions_csv(SUBJECT, FINDINGS[:1]))
    found = read_decisions(tmp_path / "d.csv", SUBJECT)
    assert found == [Decision(1, "keep", ""), Decision(2, "relabel", "dog")]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("9,train row 9,drop,,", "line 2: row '9' is not one of 0 to 3"),
        ("x,train row 1,drop,,", "row 'x'"),
        ("1,train row 2,drop,,", "row 1 is 'train row 1' now, not 'train row 2'"),
        ("1,train row 1,drop,,000000000000", "holds something else than when it was examined"),
        ("1,train row 1,dropp,,", "action must be one of keep, drop, relabel, got 'dropp'; did you mean 'drop'"),
        ("1,train row 1,relabel,,", "relabel needs a new_label"),
        ("1,train row 1,dr", "has fewer cells than the first line"),
        ("1" * 5000 + ",train row 1,drop,,", "is not one of 0 to 3"),
        ("1,train row 1,drop,,\n1,train row 1,keep,,", "line 3: row 1 has a line before"),
    ],
)
def test_a_line_that_does_not_fit_the_data_is_refused_by_its_number(tmp_path, line, message):
    (tmp_path / "d.csv").write_text("row,name,action,new_label,key\n" + line + "\n")
    with pytest.raises(DataError, match=r"line [23]") as refused:
        read_decisions(tmp_path / "d.csv", SUBJECT)
    assert message in str(refused.value)


def test_a_table_of_something_else_and_one_that_is_not_there_are_refused(tmp_path):
    (tmp_path / "d.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="has no column row"):
        read_decisions(tmp_path / "d.csv", SUBJECT)
    (tmp_path / "d.csv").write_bytes(b"")  # a disk that was full
    with pytest.raises(DataError, match="has no column row"):
        read_decisions(tmp_path / "d.csv", SUBJECT)
    with pytest.raises(ResourceError, match="cannot be read"):
        read_decisions(tmp_path / "none.csv", SUBJECT)
    (tmp_path / "d.csv").write_bytes(b"row,\xff")
    with pytest.raises(DataError, match="no CSV table in UTF-8"):
        read_decisions(tmp_path / "d.csv", SUBJECT)
