import numpy as np
import pytest

from foveal.core.errors import ParameterError
from foveal.data.images.cache import store
from foveal.data.images.cache.entries import chosen, clear, entries
from foveal.data.images.cache.headers import headers_folder
from foveal.data.images.cache.store import Work, decode_into, home, whole
from foveal.data.images.progress import SILENT
from foveal.data.images.records import Place

from ..drawn import RULE, draw, drawn, spoil


@pytest.fixture
def filled(tmp_path, cache):
    """Fill the cache: pictures that are complete, with a bad one among them, and unfinished; headers; fetched sets."""
    places = (*drawn(tmp_path, 3), Place(str(spoil(draw(tmp_path / "x.png"))), "x.png"))
    works = {name: Work(f"/data/{name}", places, np.arange(4), RULE) for name in ("abc1", "abd2")}
    decode_into(home() / "abc1", works["abc1"], SILENT)

    def interrupt(*values):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decode_into(home() / "abd2", works["abd2"], SILENT._replace(show=interrupt))
    headers_folder().mkdir()
    (headers_folder() / "f.json").write_text("{}")
    for name in ("debian/dataset-x/usr", "fashion"):
        (cache / name).mkdir(parents=True)
        (cache / name / "x.gz").write_bytes(bytes(5000))
    return works


def test_nothing_lies_in_a_cache_that_is_not_there(cache):
    assert entries() == []


def test_what_lies_there(filled):
    found = entries()
    told = [(e.name, e.kind, e.rows, e.state) for e in found]
    assert sorted(told[:2]) == [("abc1", "pictures", 4, "complete"), ("abd2", "pictures", 4, "unfinished")]
    assert told[2:] == [
        ("headers", "headers", 0, "complete"),
        ("dataset-x", "fetched", 0, "complete"),
        ("fashion", "fetched", 0, "complete"),
    ]
    assert {e.root for e in found[:2]} == {"/data/abc1", "/data/abd2"}
    assert all(e.size > 0 and e.used > 1e9 for e in found)


def test_the_longest_unused_comes_first(filled):
    import os

    for name, when in (("abc1", 2e9), ("abd2", 1e9)):
        for path in (home() / name).iterdir():
            os.utime(path, (when, when))
    assert [e.name for e in entries()[:2]] == ["abd2", "abc1"]


@pytest.mark.parametrize("content", ["garbage", "[]", '{"rows": "4", "root": 3}'])
def test_an_entry_that_says_nothing_of_itself_is_listed_too(filled, content):
    (home() / "abc1" / "about.json").write_text(content)
    assert any(e.name == "abc1" for e in entries())


def test_entries_are_chosen_by_name_or_all_at_once(filled):
    found = entries()

    def names(name):
        return sorted(e.name for e in chosen(found, name))

    assert names("abc") == names("abc1") == ["abc1"]
    assert names("unfinished") == ["abd2"]
    assert names("all") == ["abc1", "abd2", "headers"]
    assert names("dataset-x") == ["dataset-x"]
    with pytest.raises(ParameterError, match=r"--clear ab: 2 entries begin so; write more of the one that is meant"):
        names("ab")
    with pytest.raises(
        ParameterError, match=r"--clear unfinised: nothing .*; did you mean 'unfinished'\?; foveal cache"
    ):
        names("unfinised")


def test_cleared_is_gone(filled):
    for entry in entries():
        assert clear(entry)
    assert entries() == []
    assert whole(home() / "abc1", filled["abc1"]) is None


def test_what_is_being_decoded_stays(filled):
    pytest.importorskip("fcntl")
    entry = next(e for e in entries() if e.name == "abd2")
    with (entry.folder / "lock").open("wb") as handle:
        assert store.held(handle)
        assert not clear(entry)
    assert entry.folder.exists()
    assert clear(entry)
