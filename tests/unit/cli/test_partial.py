import json
from contextlib import suppress

import pytest

from foveal.cli.partial import partial_rows
from foveal.core.errors import ResourceError

OF = {"model": "a", "list of files": "b", "way of predicting": {"proba": False}}
ROWS = [{"file": f"{i}\n.png", "prediction": i} for i in range(5)]


def begun(path, count=3, of=OF, total=5):
    """Write some rows and break off; give what was said."""
    said = []
    with suppress(KeyboardInterrupt), partial_rows(path, of, total, said.append) as partial:
        partial.add(ROWS[partial.count : count])
        raise KeyboardInterrupt
    return said


def gone_on(path, of=OF, total=5):
    said = []
    with partial_rows(path, of, total, said.append) as partial:
        done = partial.count
        partial.add(ROWS[done:])
        rows = list(partial.rows())
    return done, rows, said


def test_what_is_done_stays_done_and_the_file_goes_when_all_is(tmp_path):
    path, partial = tmp_path / "p.csv", tmp_path / "p.csv.partial"
    assert begun(path) == []
    assert partial.exists()
    assert gone_on(path) == (3, ROWS, [f"{partial}: goes on after 3 of 5 rows"])
    assert not partial.exists()


def test_cut_off_anywhere_it_goes_on_after_the_last_whole_row(tmp_path):
    path, partial = tmp_path / "p.csv", tmp_path / "p.csv.partial"
    begun(path, 5)
    whole = partial.read_bytes()
    ends = [i + 1 for i, byte in enumerate(whole) if byte == ord("\n")]
    for size in range(len(whole) + 1):
        partial.write_bytes(whole[:size])
        done, rows, _ = gone_on(path)
        assert (done, rows) == (max(0, sum(end <= size for end in ends) - 1), ROWS)


@pytest.mark.parametrize(
    ("of", "because"),
    [
        (OF | {"model": "c"}, "it is of another model"),
        (OF | {"list of files": "c"}, "it is of another list of files"),
        (OF | {"model": "c", "way of predicting": {"proba": True}}, "another model and another way of predicting"),
    ],
)
def test_another_work_begins_anew_and_says_so(tmp_path, of, because):
    path = tmp_path / "p.csv"
    begun(path, of=of)
    done, rows, said = gone_on(path)
    assert (done, rows) == (0, ROWS)
    assert "begins anew, because" in said[0]
    assert said[0].endswith(because)


@pytest.mark.parametrize("content", [b"garbage", b"\xff\xfe\0\n", b"[1]\n", b"{}\n", b'"a"\n{"file": 1}\n'])
def test_what_is_no_partial_file_of_ours_begins_anew(tmp_path, content):
    (tmp_path / "p.csv.partial").write_bytes(content)
    done, rows, said = gone_on(tmp_path / "p.csv")
    assert (done, rows, len(said)) == (0, ROWS, 1)


def test_damage_within_cuts_off_what_follows(tmp_path):
    path, partial = tmp_path / "p.csv", tmp_path / "p.csv.partial"
    begun(path, 5)
    lines = partial.read_bytes().splitlines(keepends=True)
    lines[3] = bytes(len(lines[3]) - 1) + b"\n"
    partial.write_bytes(b"".join([*lines, b'{"one": "too many"}\n']))
    assert gone_on(path)[:2] == (2, ROWS)


def test_more_rows_than_there_are_files_are_cut_off(tmp_path):
    path = tmp_path / "p.csv"
    begun(path, 5)
    with (tmp_path / "p.csv.partial").open("ab") as file:
        file.write(json.dumps(ROWS[0]).encode() + b"\n")
    assert gone_on(path)[:2] == (5, ROWS)


def test_two_processes_do_not_write_one_file(tmp_path):
    pytest.importorskip("fcntl")
    path = tmp_path / "p.csv"
    with (
        partial_rows(path, OF, 5, print),
        pytest.raises(ResourceError, match=r"p\.csv\.partial: another process writes it now; wait for it, or"),
        partial_rows(path, OF, 5, print),
    ):
        pass


def test_where_nothing_can_be_written(tmp_path):
    with (
        pytest.raises(ResourceError, match=r"cannot write .*p\.csv\.partial: No such file.*; choose another folder"),
        partial_rows(tmp_path / "no" / "p.csv", OF, 5, print),
    ):
        pass
