from pathlib import Path

import numpy as np
import pytest

from foveal.core.errors import DataError
from foveal.doctor.pictures import relative

from .planted import drawing, opened, saved


def test_all_that_is_known_of_pictures_is_there_and_bad_files_are_rows(tmp_path):
    for n in range(3):
        saved(tmp_path / "cat" / f"{n}.png", drawing(n, (20 + n, 20)))
    whole = saved(tmp_path / "dog" / "cut.png", drawing(9)).read_bytes()
    (tmp_path / "dog" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "dog" / "empty.png").write_bytes(b"")
    saved(tmp_path / "dog" / "good.png", drawing(8))
    subject = opened(tmp_path)
    assert subject.classes == ("cat", "dog")
    assert {name for name, _ in subject.bad} == {"dog/cut.png", "dog/empty.png"}
    assert [subject.name(row) for row in subject.bad_rows] == [name for name, _ in subject.bad]
    assert len(subject.good()) == 4
    assert "sides from 20 to" in subject.facts["sizes"]
    assert subject.channels == ("red", "green", "blue")
    assert (subject.look(0).pixels == np.asarray(drawing(0, (20, 20)))).all()


def test_a_table_gives_groups_and_split_even_where_training_would_stop(tmp_path):
    for n in range(4):
        saved(tmp_path / f"{n}.png", drawing(n))
    lines = ["path,label,split,group", "0.png,a,train,x", "1.png,b,train,y", "2.png,a,test,x", "3.png,b,test,z"]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    subject = opened(tmp_path / "t.csv", group="group")
    assert subject.groups.tolist() == ["x", "y", "x", "z"]
    assert subject.part.tolist() == ["train", "train", "test", "test"]
    assert "the group 'x' has pictures in train and in test" in subject.wrong


def test_a_picture_of_floating_point_numbers_is_seen_between_its_ends(tmp_path):
    values = np.linspace(-5, 5, 64, dtype=np.float32).reshape(8, 8)
    (tmp_path / "a").mkdir()
    for name in ("1", "2"):
        np.save(tmp_path / "a" / f"{name}.npy", values)
    subject = opened(tmp_path, colour="as_is")
    look = subject.look(0).pixels
    assert (look.min(), look.max()) == (0, 255)


def test_no_picture_is_an_error_and_paths_are_those_from_the_table(tmp_path):
    with pytest.raises(DataError, match="picture"):
        opened(tmp_path)
    assert relative(str(tmp_path / "a.png"), Path(tmp_path, "deep", "er")) == "../../a.png"
