"""What is taken for interactions, by its name or its columns."""

import pandas as pd
import pytest

from foveal.data.interactions.telling import is_of_interactions


@pytest.mark.parametrize(
    ("head", "reading", "is_it"),
    [
        ("userId,movieId,rating", {}, True),
        ("path,user,item", {}, False),
        ("path,label", {}, False),
        ("who,what", {}, False),
        ("who,what", {"user": "who", "item": "what"}, True),
        ("", {}, False),
    ],
)
def test_tables_by_their_columns(tmp_path, head, reading, is_it):
    (tmp_path / "t.csv").write_text(head + "\n")
    assert is_of_interactions(str(tmp_path / "t.csv"), reading) == is_it


def test_names_files_and_what_is_not_there(tmp_path):
    pd.DataFrame({"user": [1], "item": [2]}).to_parquet(tmp_path / "t.parquet")
    assert is_of_interactions(str(tmp_path / "t.parquet"), {})
    (tmp_path / "u.parquet").write_bytes(b"none")
    assert not is_of_interactions(str(tmp_path / "u.parquet"), {})
    assert is_of_interactions("movielens-100k", {})
    assert not is_of_interactions("absent.csv", {})
    assert not is_of_interactions("digits", {})
