import json
import os
import threading
import time

import numpy as np
import pytest

from foveal.core.errors import ResourceError
from foveal.data.images.cache import store
from foveal.data.images.cache.store import CannotBeginError, Work, decode_into, home, room_for, whole
from foveal.data.images.progress import SILENT, Progress
from foveal.data.images.records import Place

from ..drawn import RULE, draw, drawn, pixels, spoil


def work_of(places, wanted=None):
    return Work("root", places, np.arange(len(places)) if wanted is None else np.array(wanted), RULE)


@pytest.fixture
def work(tmp_path):
    return work_of(drawn(tmp_path / "pictures", 40))


@pytest.fixture
def folder():
    return home() / "key"


@pytest.fixture
def said():
    return []


@pytest.fixture
def progress(said):
    return Progress(said.append, lambda *values: None)


def expected(count=40):
    return [pixels(i) for i in range(count)]


def test_it_lies_in_the_users_cache(cache):
    assert home() == cache / "pictures"


def test_pictures_are_decoded_once_and_mapped(folder, work, monkeypatch):
    assert whole(folder, work) is None
    X, digests, sums, bad = decode_into(folder, work, SILENT)
    np.testing.assert_array_equal(X, expected())
    assert (digests.shape, bad) == ((40, 16), [])
    np.testing.assert_array_equal(sums[..., 0], X.sum(axis=(1, 2), dtype=int))
    monkeypatch.setattr(store, "decoded", None)
    again = whole(folder, work)
    np.testing.assert_array_equal(again.X, X)
    np.testing.assert_array_equal(again.digests, digests)
    np.testing.assert_array_equal(again.sums, sums)
    assert json.loads((folder / "about.json").read_text())["root"] == "root"


def test_only_what_is_wanted_is_decoded(folder, tmp_path):
    places = (*drawn(tmp_path, 3), Place("nowhere", "nowhere"))
    work = work_of(places, [0, 2])
    X, _, _, bad = decode_into(folder, work, SILENT)
    np.testing.assert_array_equal(X[[0, 2]], [pixels(0), pixels(2)])
    assert (X[[1, 3]].max(), bad) == (0, [])
    assert whole(folder, work) is not None
    assert whole(folder, work_of(places, [0, 1])) is None


def test_bad_pictures_are_told_and_tried_again(folder, tmp_path):
    places = (*drawn(tmp_path, 3), Place(str(spoil(draw(tmp_path / "x.png"))), "x.png"))
    for _ in range(2):
        X, _, _, bad = decode_into(folder, work_of(places), SILENT)
        assert [(wrong.place.name, bool(wrong.reason)) for wrong in bad] == [("x.png", True)]
        assert X[3].max() == 0
    assert json.loads((folder / "about.json").read_text())["bad"] == 1
    draw(tmp_path / "x.png", 9)
    X, _, _, bad = decode_into(folder, work_of(places), SILENT)
    np.testing.assert_array_equal(X[3], pixels(9))
    assert bad == []


def test_an_interruption_keeps_what_is_decoded(folder, work, progress):
    def interrupt(*values):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decode_into(folder, work, progress._replace(show=interrupt))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("foveal-decode")]
    with store.RowsFile(folder, work.shape, np.dtype(np.uint8), write=False) as rows:
        before = rows.there.sum()
    assert 0 < before < 40
    counts = []
    X = decode_into(folder, work, progress._replace(show=lambda *values: counts.append(values))).X
    np.testing.assert_array_equal(X, expected())
    assert counts[0][1] > before
    assert counts[-1] == ("decoding", 40, 0, 40)


def test_damage_is_decoded_anew_with_a_sentence(folder, work, said, progress):
    decode_into(folder, work, progress)
    assert said == []
    path = folder / "rows.npy"
    path.write_bytes(path.read_bytes()[:-5])
    assert whole(folder, work) is None
    np.testing.assert_array_equal(decode_into(folder, work, progress).X, expected())
    assert "rows.npy is not as it was written" in said[0]
    assert said[0].endswith("its pictures are decoded anew")
    (folder / "about.json").write_text("garbage")
    assert whole(folder, work) is not None


def test_a_disk_that_fills_up_later_is_told_and_what_is_there_is_kept(folder, work, monkeypatch):
    original, left = os.pwrite, [60]

    def full(file, content, place):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        return original(file, content, place)

    monkeypatch.setattr(store, "_EVERY", 0.0)
    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(ResourceError, match=r"cannot be written to .*No space left.* is kept and gone on with\. Make"):
        decode_into(folder, work, SILENT)
    monkeypatch.setattr(os, "pwrite", original)
    np.testing.assert_array_equal(decode_into(folder, work, SILENT).X, expected())


def test_a_folder_that_cannot_be_made(folder, work):
    home().parent.mkdir(parents=True, exist_ok=True)
    home().touch()
    with pytest.raises(CannotBeginError, match="key: "):
        decode_into(folder, work, SILENT)


def test_what_is_mapped_stays_when_the_cache_is_cleared(folder, work):
    import shutil

    X = decode_into(folder, work, SILENT).X
    shutil.rmtree(folder)
    np.testing.assert_array_equal(X, expected())


def test_a_second_process_waits_and_says_so(folder, work, said, progress):
    pytest.importorskip("fcntl")
    folder.mkdir(parents=True)
    with (folder / "lock").open("wb") as handle:
        assert store.held(handle)
        other = threading.Thread(target=lambda: decode_into(folder, work, progress))
        other.start()
        until = time.monotonic() + 10
        while not said and time.monotonic() < until:
            time.sleep(0.01)
        assert said == ["another process decodes the same pictures now; waiting for it"]
        assert not (folder / "rows.npy").exists()
    other.join()
    assert whole(folder, work) is not None


def test_room(folder, work, monkeypatch):
    assert room_for(folder, work, 10**9) == ""
    assert "are more than the limit of 1 MB" in room_for(folder, work, 1000)
    usage = store.shutil.disk_usage(folder.parent.parent)
    monkeypatch.setattr(store.shutil, "disk_usage", lambda path: usage._replace(free=100))
    assert "has free" in room_for(folder, work, 10**9)
    decode_into(folder, work, SILENT)  # what is there already needs no room
    assert room_for(folder, work, 10**9) == ""
