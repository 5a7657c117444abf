from foveal.doctor.findings import Diagnosis, Finding, many

FOUND = Diagnosis("here", "texts", 9, {"rows": "9"}, [
    Finding("b", "note", "n", "a"),
    Finding("c", "error", "e", "a", ((1, 2), (3,)), ("x", "y"), (("class", "rows"), ("cat", "3"))),
    Finding("d", "warning", "w", "a"), Finding("e", "warning", "w2", "a"),
], {"labels": "none"})  # fmt: skip


def test_the_worst_come_first_and_else_the_order_stays():
    assert [finding.check for finding in FOUND.worst_first()] == ["c", "d", "e", "b"]
    assert FOUND.verdict() == "1 error, 2 warnings, 1 note"


def test_a_dict_names_rows_and_keeps_the_table():
    told = FOUND.as_dict(lambda row: f"row {row}")
    assert (told["errors"], told["warnings"], told["notes"], told["left_out"]) == (1, 2, 1, {"labels": "none"})
    first = told["findings"][0]
    assert first["groups"][0] == {"rows": [1, 2], "names": ["row 1", "row 2"], "remark": "x"}
    assert (first["rows"], first["groups_in_all"], first["table"]) == (3, 2, [{"class": "cat", "rows": "3"}])


def test_numbers_have_their_words():
    assert [many(n, "class") for n in (0, 1)] == ["0 classes", "1 class"]
