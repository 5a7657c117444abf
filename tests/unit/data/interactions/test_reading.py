"""Interactions out of tables and files."""

import sys

import numpy as np
import pandas as pd
import pytest

from foveal.core.errors import DataError, ParameterError, ResourceError
from foveal.data.interactions.reading import read_interactions

TABLE = pd.DataFrame(
    {"userId": ["a", "b", "a"], "movie_id": [3, 4, 5], "timestamp": [2, 1, 1], "rating": [5.0, 1.0, 2.0]}
)


def told(made):
    return [made.items.named(made.histories.row(n)).tolist() for n in range(len(made.users))]


def test_every_way_to_give_a_table_says_the_same(tmp_path):
    TABLE.to_csv(tmp_path / "t.csv", index=False)
    TABLE.to_csv(tmp_path / "t.tsv", index=False, sep="\t")
    TABLE.to_parquet(tmp_path / "t.parquet")
    (tmp_path / "t.inter").write_text("user_id:token\titem_id:token\ttimestamp:float\na\t3\t2\nb\t4\t1.0\na\t5\t1\n")
    given = [TABLE, dict(TABLE), (TABLE.userId, TABLE.movie_id, TABLE.timestamp), *tmp_path.glob("t.*")]
    assert len(given) == 7
    assert [told(read_interactions(each)) for each in given] == [[[5, 3], [4]]] * 7


def test_columns_can_be_told_and_values_have_a_least():
    table = TABLE.rename(columns={"userId": "who", "movie_id": "what"})
    made = read_interactions(table, user="who", item="what", at_least=2)
    assert told(made) == [[5, 3]]
    assert told(read_interactions(np.array([[1, 7], [1, 8]]))) == [[7, 8]]


@pytest.mark.parametrize(
    ("source", "how", "message"),
    [
        (TABLE.drop(columns="userId"), {}, "no column that is called user; .* user=NAME"),
        (TABLE, {"item": "movie"}, "has no column 'movie'"),
        ((TABLE.userId,), {}, "columns \\(users, items, times\\)"),
        (TABLE.drop(columns="rating"), {"at_least": 3}, "no column of them"),
        ("absent.csv", {}, "there is no file absent.csv"),
        ("absent.xlsx", {}, "end in .csv"),
    ],
)
def test_what_is_no_table_is_told(source, how, message):
    with pytest.raises(DataError, match=message):
        read_interactions(source, **how)


def test_names_beside_columns_by_place_or_interactions_are_refused():
    with pytest.raises(ParameterError, match="user= names a column, and columns were given by their places"):
        read_interactions((TABLE.userId, TABLE.movie_id), user="u")
    with pytest.raises(ParameterError, match="time= is for a table"):
        read_interactions(read_interactions(TABLE), time="t")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("user,item\n1,2,3\n", "line 2 has 3 cells and the first line 2"),
        ("user,user,item\n", "stands twice"),
        ("user,item\n1,\xff\n", "UTF-8"),
    ],
)
def test_damaged_files_are_told(tmp_path, text, message):
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match=message):
        read_interactions(path)
    (tmp_path / "t.parquet").write_bytes(b"nothing")
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        read_interactions(tmp_path / "t.parquet")


def test_parquet_says_what_it_needs(tmp_path, monkeypatch):
    (tmp_path / "t.parquet").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ResourceError, match=r'pip install "foveal\[tables\]"'):
        read_interactions(tmp_path / "t.parquet")
