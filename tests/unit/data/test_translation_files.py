"""Tables of texts and translations."""

from pathlib import Path

import pytest

from foveal.core.errors import DataError
from foveal.data.images.progress import SILENT
from foveal.data.named import load_dataset
from foveal.data.translation_files import is_of_translations, lines_of, translations_dataset


def write(path, text):
    path.write_text(text, "utf-8")
    return str(path)


def test_columns_by_their_names_and_by_what_is_said(tmp_path):
    usual = write(tmp_path / "a.tsv", "source\ttarget\na\tb\nc\td\n")
    own = write(tmp_path / "b.csv", "en,de,split\na,b,train\nc,d,test\ne,f,train\n")
    data = load_dataset(usual)
    assert (data.X_train.texts(), data.y_train.tolist()) == (["a", "c"], ["b", "d"])
    assert not is_of_translations(own, {})
    data = load_dataset(own, {"source": "en", "target": "de"})
    assert (data.X_train.texts(), data.y_test.tolist(), data.X_valid) == (["a", "e"], ["d"], None)


@pytest.mark.parametrize(
    ("text", "reading", "says"),
    [
        ("source,target\na,\n", {}, r"target is empty; leave the row out"),
        ("source,target\na,b\n", {"source": "x", "target": "target"}, r"has no column 'x', but .*--read source=COLUMN"),
        ("source,target,split\na,b,test\n", {}, r"no row is of the part train"),
        ("source,target,split\na,b,never\n", {}, r"never"),
        ("source,target\na,b\n", {"size": 3}, r"size= says nothing of"),
    ],
)
def test_what_cannot_be_read_is_told(text, reading, says, tmp_path):
    with pytest.raises(ValueError, match=says):
        translations_dataset(write(tmp_path / "a.csv", text), reading, SILENT)


def test_lines_are_read_one_after_the_other(tmp_path):
    assert list(lines_of(Path(write(tmp_path / "a.txt", "\ufeffa\r\n\nb")))) == ["a", "", "b"]
    (tmp_path / "b.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match=r"is no text in UTF-8"):
        list(lines_of(tmp_path / "b.txt"))
