import numpy as np
import pytest

from foveal.core.errors import DataError
from foveal.data.images.progress import SILENT
from foveal.doctor.events import RowNames, subject_of_events


def told(path, lines):
    path.write_text("\n".join(["user,item,time,rating", *lines]))
    subject, found, columns = subject_of_events(str(path), {}, SILENT)
    return subject, {finding.check: finding for finding in found}, columns


def test_rows_that_are_there_twice_are_found_and_differing_values_are_an_error(tmp_path):
    subject, found, columns = told(tmp_path / "r.csv", ["1,5,10,3", "1,6,11,3", "1,5,10,3", "2,5,10,1", "2,5,10,4"])
    assert found["exact-duplicates"].groups == ((0, 2), (3, 4))
    assert found["exact-duplicates-with-different-labels"].groups == ((3, 4),)
    assert (len(subject), list(columns)) == (5, ["user", "item", "time", "value"])
    assert subject.look(0).text == "user 1, item 5, time 10, value 3"


def test_users_with_the_same_history_and_times_without_order_are_told(tmp_path):
    lines = [f"{user},{item},{item},1" for user in (1, 2) for item in range(6)] + [f"3,{item},7,1" for item in range(4)]
    _, found, _ = told(tmp_path / "r.csv", lines)
    assert found["same-histories"].table[1] == ("1, 2", "6")
    assert "25%" in found["tied-times"].what


def test_a_machine_and_items_that_take_all_stand_out(tmp_path):
    lines = [f"{user},{user},{n},1" for user in range(200) for n in range(2)]
    lines += [f"999,7,{n},1" for n in range(1000)]
    _, found, _ = told(tmp_path / "r.csv", lines)
    assert "999 (1,000)" in found["heavy-users"].what
    assert "1 % of the items" in found["imbalance"].what
    assert found["short-histories"].severity == "note"


def test_without_times_rows_stand_in_their_order(tmp_path):
    (tmp_path / "r.csv").write_text("user,item\na,1\na,2\nb,1\n")
    _, found, _ = subject_of_events(str(tmp_path / "r.csv"), {}, SILENT)
    assert "no-times" in {finding.check for finding in found}
    (tmp_path / "r.csv").write_text("who,what\na,1\n")
    with pytest.raises(DataError, match="no column that is called user"):
        subject_of_events(str(tmp_path / "r.csv"), {}, SILENT)


def test_names_of_rows_are_a_sequence():
    names = RowNames(4)
    assert (names[-1], names[1:3], len(names)) == ("row 3", ["row 1", "row 2"], 4)
    with pytest.raises(IndexError):
        names[4]
    assert np.array(list(names)).tolist()[0] == "row 0"
