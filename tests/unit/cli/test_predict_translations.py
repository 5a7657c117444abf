"""Lines to translate: of a file, or a text itself."""

from pathlib import Path

import pytest

from foveal.cli.predict_translations import _Counted, _given
from foveal.core.errors import DataError


def test_what_is_no_path_is_a_text(tmp_path):
    (tmp_path / "a.txt").write_text("one\ntwo\n")
    assert list(_given(tmp_path / "a.txt")) == ["one", "two"]
    assert list(_given(Path("one two"))) == ["one two"]
    for path in (tmp_path, Path("absent.csv")):
        with pytest.raises(DataError, match="is no file of texts"):
            _given(path)


def test_rows_are_counted_as_they_go_by():
    counted = _Counted(iter([("a", None), ("b", None)]))
    assert len(list(counted)) == counted.rows == 2
