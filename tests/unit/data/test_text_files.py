"""Tables and folders of texts as data sets, and what is told of those that are none."""

import csv

import pytest

from foveal.core.errors import DataError, ParameterError
from foveal.data.named import load_dataset
from foveal.data.text.texts import Texts
from foveal.data.text_files import is_of_texts, texts_to_predict

ROWS = [("a good, long film", "pos"), ('bad "thing"\nin two lines', "neg"), ("", "pos")]


def table(folder, names=("text", "label"), rows=ROWS, name="t.csv"):
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names, *rows])
    return str(folder / name)


@pytest.mark.parametrize(
    ("names", "reading"),
    [
        (("text", "label"), {}),
        (("Review", "class"), {}),
        (("what people say", "label"), {"text": "what people say"}),
        (("a", "b"), {"text": "a", "label": "b"}),
    ],
)
def test_tables(names, reading, tmp_path):
    data = load_dataset(table(tmp_path, names), reading)
    assert isinstance(data.X_train, Texts)
    assert data.X_train.texts.tolist() == [text for text, _ in ROWS]
    assert data.y_train.tolist() == ["pos", "neg", "pos"]


def test_parts_groups_labels_and_targets(tmp_path):
    rows = [("a", "1", "0", "2.5", "train", "p"), ("b", "0", "1", "3", "test", "q"), ("c", "1", "1", "4", "valid", "q")]
    source = table(tmp_path, ("text", "x", "y", "age", "split", "group"), rows)
    data = load_dataset(source, {"labels": ("x", "y")})
    assert data.y_train.tolist() == [[1, 0]]
    assert data.class_names == ("x", "y")
    assert data.X_test.texts.tolist() == ["b"]
    assert data.X_valid.texts.tolist() == ["c"]
    assert data.groups.tolist() == ["p"]
    assert load_dataset(source, {"target": "age"}).y_test.tolist() == [3.0]


def test_texts_longer_than_a_csv_cell_of_pythons_own(tmp_path):
    data = load_dataset(table(tmp_path, rows=[("word " * 60_000, "a"), ("b", "b")]))
    assert len(data.X_train.texts[0]) == 300_000


@pytest.mark.parametrize(
    ("names", "rows", "reading", "error", "words"),
    [
        (("text", "label"), [("a", "")], {}, DataError, "line 2: label is empty"),
        (("text", "age"), [("a", "x")], {"target": "age"}, DataError, "line 2: age is 'x', no finite number"),
        (("text", "x"), ROWS, {}, DataError, "which column holds labels"),
        (("a", "b", "label"), [("a", "b", "c")], {"text": "c"}, DataError, "has no column 'c'"),
        (("text", "review", "label"), [("a", "b", "c")], {}, DataError, "'text', 'review' could each hold them"),
        (("text", "label"), ROWS, {"size": 64}, ParameterError, "size= says how pictures are read"),
        (("text", "label"), ROWS, {"labels": "label"}, ParameterError, "give a column of 0 and 1 for each label"),
        (("text", "label", "split"), [("a", "b", "test")], {}, DataError, "no text is of the part train"),
    ],
)
def test_tables_that_are_none_are_told(names, rows, reading, error, words, tmp_path):
    with pytest.raises(error, match=words):
        load_dataset(table(tmp_path, names, rows), reading)


def write(folder, path, text):
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode() if isinstance(text, str) else text)


def test_folders_with_a_folder_for_each_class(tmp_path):
    for path in ("pos/1.txt", "neg/1.txt", "neg/2.txt", "neg/.hidden.txt"):
        write(tmp_path, path, f"\ufeff{path}")
    data = load_dataset(str(tmp_path))
    assert data.X_train.texts.tolist() == ["neg/1.txt", "neg/2.txt", "pos/1.txt"]
    assert data.y_train.tolist() == ["neg", "neg", "pos"]
    assert texts_to_predict(str(tmp_path))[0] == ["neg/1.txt", "neg/2.txt", "pos/1.txt"]


def test_folders_of_parts(tmp_path):
    for part in ("train", "val", "test"):
        write(tmp_path, f"{part}/a/{part}.txt", part)
    data = load_dataset(str(tmp_path))
    assert [X.texts.tolist() for X in (data.X_train, data.X_valid, data.X_test)] == [["train"], ["val"], ["test"]]


def test_folders_that_are_none_are_told(tmp_path):
    write(tmp_path, "a.txt", "text")
    with pytest.raises(DataError, match="must lie in the folder of its class"):
        load_dataset(str(tmp_path))
    write(tmp_path, "b/1.txt", b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"is no text in UTF-8 \(invalid start byte at byte 0\); save it as UTF-8"):
        texts_to_predict(str(tmp_path))


def test_what_is_of_texts(tmp_path):
    assert is_of_texts(table(tmp_path), {})
    assert not is_of_texts(table(tmp_path, ("path", "label"), name="p.csv"), {})
    assert not is_of_texts(table(tmp_path, ("path", "text", "label"), name="q.csv"), {})
    assert is_of_texts(table(tmp_path, ("path", "label"), name="p.csv"), {"text": "label"})
    write(tmp_path, "pictures/a/1.png", b"")
    assert not is_of_texts(str(tmp_path / "pictures"), {})
    assert not is_of_texts(str(tmp_path / "nowhere.csv"), {})


def test_what_is_to_be_predicted(tmp_path):
    write(tmp_path, "l.txt", "one\n\ntwo")
    assert texts_to_predict(str(tmp_path / "l.txt")) == (["line 1", "line 2", "line 3"], ["one", "", "two"])
    assert texts_to_predict(table(tmp_path))[1] == [text for text, _ in ROWS]
