import numpy as np
import pytest

from foveal.core.errors import ParameterError
from foveal.data.images.cache import kept
from foveal.data.images.cache.kept import bytes_of, keep
from foveal.data.images.cache.store import Work
from foveal.data.images.on_the_fly import OnTheFly
from foveal.data.images.progress import Progress
from foveal.data.images.records import Place

from ..drawn import RULE, draw, drawn, pixels, spoil

FILES, MUCH = "f" * 64, 10**10


@pytest.fixture
def work(tmp_path):
    bad = Place(str(spoil(draw(tmp_path / "x.png"))), "x.png")
    return Work("root", (*drawn(tmp_path, 4), bad), np.array([0, 1, 3, 4]), RULE)


def kept_in(work, files=FILES, limit=MUCH):
    said = []
    found = keep(work, files, limit, Progress(said.append, lambda *values: None))
    np.testing.assert_array_equal(found.X[[0, 1, 3]], [pixels(0), pixels(1), pixels(3)])
    assert [bad.place.name for bad in found.bad] == ["x.png"]
    assert found.digests[[0, 1, 3]].any(axis=1).all()
    return type(found.X), said


def test_on_disk_first(work, cache):
    kind, said = kept_in(work)
    assert kind is np.memmap
    assert said[0].startswith(f"decoded pictures: 1 MB in {cache / 'pictures'}")
    work = work._replace(wanted=np.array([0, 1]))
    said = []
    keep(work, FILES, MUCH, Progress(said.append, lambda *values: None))
    assert said[0].endswith(", from before")


def test_without_a_cache_in_memory(work, cache):
    kind, said = kept_in(work, files=None)
    assert (kind, list(cache.iterdir())) == (np.ndarray, [])
    assert said == ["decoded pictures: 1 MB in memory, to be decoded again next time (cache=False)"]


def test_beyond_the_limit_in_memory(work):
    kind, said = kept_in(work, limit=100)
    assert kind is np.ndarray
    assert "more than the limit of 1 MB" in said[0]


def test_without_memory_on_the_fly_and_yet_looked_at_before(work, monkeypatch):
    monkeypatch.setattr(kept, "available_memory", lambda device: 100)
    kind, said = kept_in(work, limit=100)
    assert kind is OnTheFly
    assert "they are decoded each time they are read, which takes longer" in said[0]


def test_a_cache_that_cannot_be_written_to_costs_no_run(work, cache):
    (cache / "pictures").touch()
    kind, said = kept_in(work)
    assert kind is np.ndarray
    assert "in memory, to be decoded again next time (" in said[-1]


def test_without_a_home_folder(work, monkeypatch):
    monkeypatch.delenv("FOVEAL_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def homeless():
        raise RuntimeError("no home")

    monkeypatch.setattr("foveal.data.fetch.Path.home", homeless)
    kind, said = kept_in(work)
    assert kind is np.ndarray
    assert "no home folder" in said[0]


@pytest.mark.parametrize(
    ("size", "found"), [("20GB", 20 * 10**9), ("1.5 mb", 1_500_000), ("3k", 3000), ("12", 12), (0, 0), (7, 7)]
)
def test_sizes(size, found):
    assert bytes_of(size, "cache_limit") == found


@pytest.mark.parametrize("size", ["much", "-1", -1, True, None, 1.5, "1 GiB"])
def test_what_is_no_size(size):
    with pytest.raises(ParameterError, match=r"cache_limit must be a number of bytes or a text such as '20GB', got"):
        bytes_of(size, "cache_limit")
