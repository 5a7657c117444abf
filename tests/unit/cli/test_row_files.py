import csv
import sys
from pathlib import Path

import pytest

from foveal.cli.row_files import Column, check_form, form_of, texts, write_rows
from foveal.core.errors import ParameterError, ResourceError

COLUMNS = [
    Column("file", "string"),
    Column("prediction", "int64"),
    Column("p_a", "float32"),
    Column("problem", "string"),
]
ROWS = [
    {"file": 'a, "b"\nc.png', "prediction": 3, "probabilities": {"a": 0.5}, "problem": None},
    {"file": "é.png", "prediction": None, "probabilities": None, "problem": "is damaged"},
]


@pytest.mark.parametrize(
    ("out", "form", "found"),
    [(None, None, "csv"), ("a.parquet", None, "parquet"), ("a.PQ", None, "parquet"), ("a.ndjson", None, "jsonl"),
     ("a.parquet", "csv", "csv"), ("a", None, "csv"), (None, "jsonl", "jsonl")],
)  # fmt: skip
def test_the_form_of_a_file(out, form, found):
    assert form_of(out and Path(out), form) == found


@pytest.mark.parametrize("name", ["a.xls", "a.XLSX", "a.json", "a.tsv"])
def test_a_name_of_another_kind_of_table_is_refused_unless_a_form_is_asked_for(name):
    with pytest.raises(ParameterError, match=rf"--out must end in .csv, .jsonl or .parquet, got '{name}'; choose one"):
        form_of(Path(name), None)
    assert form_of(Path(name), "csv") == "csv"


def test_csv_is_read_back(tmp_path):
    write_rows(tmp_path / "a.csv", ROWS, COLUMNS, "csv")
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [
            ["file", "prediction", "p_a", "problem"],
            ['a, "b"\nc.png', "3", "0.5", ""],
            ["é.png", "", "", "is damaged"],
        ]


def test_json_lines():
    assert "".join(texts(ROWS, COLUMNS, "jsonl")).splitlines() == [
        r'{"file": "a, \"b\"\nc.png", "prediction": 3, "probabilities": {"a": 0.5}, "problem": null}',
        r'{"file": "\u00e9.png", "prediction": null, "probabilities": null, "problem": "is damaged"}',
    ]


def test_no_rows_are_a_header_and_nothing():
    assert list(texts([], COLUMNS, "csv")) == ["file,prediction,p_a,problem\n"]
    assert list(texts([], COLUMNS, "jsonl")) == []


def test_parquet_in_row_groups_and_always_the_same_bytes(tmp_path, monkeypatch):
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr("foveal.cli.row_files._TOGETHER", 3)
    for name in "ab":
        write_rows(tmp_path / name, ROWS * 4, COLUMNS, "parquet")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    file = parquet.ParquetFile(tmp_path / "a")
    assert file.metadata.num_row_groups == 3
    assert [(field.name, str(field.type)) for field in file.schema_arrow] == [
        ("file", "string"), ("prediction", "int64"), ("p_a", "float"), ("problem", "string"),
    ]  # fmt: skip
    assert file.read().to_pylist()[1] == {"file": "é.png", "prediction": None, "p_a": None, "problem": "is damaged"}


def test_without_pyarrow_the_way_out_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ResourceError, match=r'Parquet needs pyarrow: pip install "foveal\[tables\]"; or choose'):
        check_form("parquet")
    assert check_form("csv") is None
