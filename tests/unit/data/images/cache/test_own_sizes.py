import numpy as np
import pytest

from foveal.data.images.cache import own_sizes
from foveal.data.images.cache.own_sizes import OneDecoded, Ragged, keep_own
from foveal.data.images.cache.store import Work
from foveal.data.images.on_the_fly import OnTheFly
from foveal.data.images.own_size import infer_own
from foveal.data.images.progress import SILENT
from foveal.data.images.reading.headers import scan
from foveal.data.images.records import Place

from ..drawn import draw, pixels

SIZES = ((4, 6), (5, 5), (4, 6))


@pytest.fixture
def work(tmp_path):
    places = [Place(str(draw(tmp_path / f"{i}.png", i, size)), f"{i}.png") for i, size in enumerate(SIZES)]
    headers, _ = scan(places)
    rule, said = infer_own(headers)
    assert said[0] == "size='own': 2 sizes, none is changed"
    return Work(str(tmp_path), places, np.array([0, 1, 2]), rule), headers


def check(found):
    for i, size in enumerate(SIZES):
        assert found[i].shape == (*size, 3)
        np.testing.assert_array_equal(np.asarray(found[i]), pixels(i, size))
        np.testing.assert_array_equal(found[i][1:3, 2:], pixels(i, size)[1:3, 2:])


@pytest.mark.parametrize("files", ["0" * 64, None])
@pytest.mark.parametrize("limit", [10**9, 100])
def test_pictures_are_kept_by_size(work, cache, files, limit):
    kept = keep_own(work[0], files, work[1], limit, SILENT)
    check(kept.X)
    stored = list((cache / "pictures").glob("*/rows.npy")) if (cache / "pictures").exists() else []
    assert len(stored) == (2 if files and limit > 100 else 0)


def test_many_sizes_have_no_stores(work, cache, monkeypatch):
    monkeypatch.setattr(own_sizes, "MOST_SIZES", 1)
    check(keep_own(work[0], "0" * 64, work[1], 10**9, SILENT).X)
    assert not (cache / "pictures").exists()


def test_what_has_no_room_is_decoded_when_it_is_read(work, monkeypatch):
    monkeypatch.setattr("foveal.data.images.cache.kept.available_memory", lambda device: 0)
    found = keep_own(work[0], None, work[1], 10**9, SILENT).X
    assert isinstance(found.parts[0], OnTheFly)
    assert isinstance(found[0], OneDecoded)
    check(found)


def test_a_list_of_views():
    parts = [np.arange(8).reshape(2, 2, 2, 1), np.arange(3).reshape(1, 3, 1, 1)]
    found = Ragged(parts, np.array([[1, 0], [0, 1]]))
    assert np.shares_memory(found[1], parts[0])
    assert [each.shape for each in found.flat()[:]] == [(3, 1), (2, 2)]
    assert found.chosen(np.array([1]))[0].ravel().tolist() == [4, 5, 6, 7]
