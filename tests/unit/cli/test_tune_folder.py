import pytest

from foveal.cli.tune_folder import Asked, begun_there, check_free, keep, space_of, start_anew, tried_and_set
from foveal.core.errors import ParameterError
from foveal.search.space import Choices, Range

ASKED = Asked("digits", {"n_epochs": 3, "net": None}, {"size": 8}, ("learning_rate=1e-4..1e-1",), 30, 2, 7)


def test_what_was_asked_for_is_read_again(tmp_path):
    keep(tmp_path, ASKED)
    assert begun_there(tmp_path, None) == ASKED
    assert begun_there(tmp_path, "digits") == ASKED


def test_another_source_and_none_are_refused(tmp_path):
    assert begun_there(tmp_path, "digits") is None, "it may have been killed before it began"
    with pytest.raises(ParameterError, match="no search was begun there"):
        begun_there(tmp_path, None)
    keep(tmp_path, ASKED)
    with pytest.raises(ParameterError, match="is of digits, got gunpoint"):
        begun_there(tmp_path, "gunpoint")


def test_a_damaged_file_says_so(tmp_path):
    (tmp_path / "tune.toml").write_text("n_epochs = 3\n")
    with pytest.raises(ParameterError, match="is damaged"):
        begun_there(tmp_path, None)


def test_a_search_is_replaced_only_where_that_is_said(tmp_path):
    check_free(tmp_path, force=False)
    for name in ("study.db", "tune.toml", "mine.txt"):
        (tmp_path / name).touch()
    (tmp_path / "workers").mkdir()
    with pytest.raises(ParameterError, match="holds a search"):
        check_free(tmp_path, force=False)
    check_free(tmp_path, force=True)
    start_anew(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_what_is_tried_and_what_is_set():
    tried, fixed = tried_and_set(["learning_rate=1e-4..1e-1", "n_epochs=3", "optimizer=adam|muon", "weights=../x.pth"])
    assert fixed == ("n_epochs=3", "weights=../x.pth")
    assert space_of(tried) == {
        "learning_rate": Range(1e-4, 1e-1, log=True),
        "optimizer": Choices(("adam", "muon")),
    }
