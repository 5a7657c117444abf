"""Tables of all kinds as columns."""

import builtins

import pytest

from foveal.core.errors import DataError, ResourceError
from foveal.data.images.listing.table_files import is_frame, read_table

pandas = pytest.importorskip("pandas")
pytest.importorskip("pyarrow")


def text(tmp_path, content, name="t.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def columns(table):
    return {name: list(table.column(name)) for name in table.names if name}


EXPECTED = {"path": ["a.png", "b.png"], "label": ["x", "y"]}


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("path,label\na.png,x\nb.png,y\n", "t.csv"),
        ("path,label\r\na.png,x\r\nb.png,y", "t.CSV"),
        ("path,label\ra.png,x\rb.png,y\r", "t.csv"),
        ("\ufeffpath,label\na.png,x\nb.png,y\n", "t.csv"),
        ("\n\n path , label\n\na.png,x\n\nb.png,y\n\n", "t.csv"),
        ("path;label\na.png;x\nb.png;y\n", "t.csv"),
        ("path\tlabel\na.png\tx\nb.png\ty\n", "t.csv"),
        ("path\tlabel\na.png\tx\nb.png\ty\n", "t.tsv"),
        ('"path","label"\n"a.png","x"\n"b.png","y"\n', "t.csv"),
        (",path,label\n0,a.png,x\n1,b.png,y\n", "t.csv"),
    ],
)
def test_text(tmp_path, content, name):
    table = read_table(text(tmp_path, content, name))
    assert columns(table) == EXPECTED
    assert (table.folder, table.row_word, table.problems) == (str(tmp_path), "line", [])


def test_cells_hold_anything_and_lines_are_those_of_the_file(tmp_path):
    content = '\npath,label\n"a ""1"".png","x,y"\n"new\nline.png", z \nü.png,日本\n-x.png,\n'
    table = read_table(text(tmp_path, content))
    assert columns(table) == {
        "path": ['a "1".png', "new\nline.png", "ü.png", "-x.png"], "label": ["x,y", " z ", "日本", ""]
    }  # fmt: skip
    assert list(table.rows) == [3, 4, 6, 7]


def test_rows_of_another_length_are_problems(tmp_path):
    table = read_table(text(tmp_path, "path,label\na.png\nb.png,y\nc.png,x,z\n"))
    assert columns(table) == {"path": ["b.png"], "label": ["y"]}
    assert table.problems == [(2, "1 cells, the first line has 2"), (4, "3 cells, the first line has 2")]


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        ("", "t.csv", r"t\.csv: is empty; the first line must name the columns, such as path,label"),
        ("\n \n", "t.csv", r": no column has a name|: is empty"),
        ("a.png,cat\nb.png,dog\n", "t.csv", r"first line must name the columns, such as path,label, found 'a\.png',"),
        ("path,path\na,b\n", "t.csv", r"two columns are named 'path'; give each its own name"),
        ("path,label\na.png,\"x\nb.png,y\n", "t.csv", r"line 2 cannot be read \(unexpected end of data\); mend its"),
        ('path,label\na.png,x\n"b"c.png,y\n', "t.csv", r"line 3 cannot be read \(',' expected after '\"'\); mend"),
        ("path,label\na.png,x\nb.png,caf\u00e9\n".encode("latin-1"), "t.csv",
         r"line 3 is not UTF-8 \(byte 0xe9\); save the table as UTF-8"),
        ("path,label\n".encode("utf-16"), "t.csv", r"is written in UTF-16; save the table as UTF-8"),
        ("x", "t.xlsx", r"expected a table in CSV, TSV or Parquet; save it as CSV"),
        ("PAR1 no", "t.parquet", r"is no whole Parquet file \(.*\); write it again"),
    ],
)  # fmt: skip
def test_tables_that_are_none(tmp_path, content, name, message):
    with pytest.raises(DataError, match=message):
        read_table(text(tmp_path, content, name))


def test_missing_files_and_folders_named_like_tables(tmp_path):
    text(tmp_path, "path\n", "labels.csv")
    (tmp_path / "f.csv").mkdir()
    with pytest.raises(
        DataError, match=r"label\.csv: expected a file, found nothing there; did you mean 'labels\.csv'\?"
    ):
        read_table(tmp_path / "label.csv")
    with pytest.raises(DataError, match=r"f\.csv: expected a file, found a folder"):
        read_table(tmp_path / "f.csv")


def test_parquet_and_frames(tmp_path):
    frame = pandas.DataFrame(
        {"path": ["a", "b", None], 7: [1.0, float("nan"), 3.0], "n": pandas.array([1, None, 3], "Int64")}
    )
    frame.columns = frame.columns.map(str)
    expected = {"path": ["a", "b", None], "7": [1.0, None, 3.0], "n": [1, None, 3]}
    table = read_table(frame.set_index("n", drop=False))
    assert (columns(table), list(table.rows), table.row_word) == (expected, [0, 1, 2], "row")
    for name in ("t.parquet", "t.PQ"):
        frame.to_parquet(tmp_path / name)
        table = read_table(tmp_path / name)
        assert (columns(table), table.folder) == (expected, str(tmp_path))
    assert is_frame(frame)
    assert not is_frame(["a"])
    with pytest.raises(DataError, match=r"the DataFrame: two columns are named 'a'"):
        read_table(pandas.DataFrame([[1, 2]], columns=["a", "a"]))


def test_parquet_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    straight = builtins.__import__

    def without(name, *rest):
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return straight(name, *rest)

    path = text(tmp_path, "x", "t.parquet")
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ResourceError, match=r't\.parquet: Parquet needs pyarrow: pip install "foveal\[tables\]"'):
        read_table(path)
