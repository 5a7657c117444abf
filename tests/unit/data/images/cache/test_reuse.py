import os
from pathlib import Path

import numpy as np
import pytest

from foveal.core.errors import ResourceError
from foveal.data.images.cache import reuse, rows_file, store
from foveal.data.images.cache.keys import known_by
from foveal.data.images.cache.rows_file import RowsFile
from foveal.data.images.cache.store import Work, decode_into, home
from foveal.data.images.progress import SILENT, Progress
from foveal.data.images.reading.rule import make_rule
from foveal.data.images.records import Place

from ..drawn import DTYPE, RULE, draw, drawn, pixels, spoil

COUNT = 40


@pytest.fixture
def said():
    return []


@pytest.fixture
def progress(said):
    return Progress(said.append, lambda *values: None)


@pytest.fixture
def places(tmp_path):
    return drawn(tmp_path / "pictures", COUNT)


@pytest.fixture
def before(places):
    """Decode the pictures as they are before anything changes."""
    folder = home() / "before"
    return decode_into(folder, work_of(places), SILENT), folder


@pytest.fixture
def numbers(monkeypatch):
    """Note which rows are decoded to be kept."""
    found, original = [], store.decoded

    def decoded(places, rule, rows, write):
        found.extend(rows)
        return original(places, rule, rows, write)

    monkeypatch.setattr(store, "decoded", decoded)
    return found


def work_of(places, rule=RULE, root="root"):
    return Work(root, places, np.arange(len(places)), rule, known_by(places).each)


def added(tmp_path, places, at=5):
    """Add a picture, which is listed between the others."""
    new = Place(str(draw(tmp_path / "pictures" / "new.png", 900)), "new.png")
    return (*places[:at], new, *places[at:])


def test_a_picture_that_is_added_is_the_only_one_decoded(tmp_path, places, before, numbers, said, progress):
    more = added(tmp_path, places)
    found = decode_into(home() / "after", work_of(more), progress)
    assert numbers == [5]
    assert said == [f"40 of 41 decoded pictures are taken over from {before[1]}"]
    others = np.delete(np.arange(41), 5)
    np.testing.assert_array_equal(found.X[5], pixels(900))
    for ours, theirs in zip(found[:3], before[0][:3], strict=True):
        np.testing.assert_array_equal(ours[others], theirs)
    again = decode_into(home() / "anew", work_of(more)._replace(files=None), SILENT)
    for ours, theirs in zip(found[:3], again[:3], strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_picture_that_is_changed_or_removed(places, before, numbers):
    path = draw(Path(places[3].path), 901)
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    left = places[:10] + places[11:]
    found = decode_into(home() / "after", work_of(left), SILENT)
    assert numbers == [3]
    np.testing.assert_array_equal(found.X, [pixels(901 if i == 3 else i) for i in range(COUNT) if i != 10])


def test_rows_by_another_rule_or_decoder_are_not_taken(places, before, numbers, monkeypatch):
    decode_into(home() / "after", work_of(places, make_rule(5)), SILENT)
    assert len(numbers) == COUNT
    monkeypatch.setattr("foveal.data.images.cache.keys.version", lambda package: "0.1")
    decode_into(home() / "later", work_of(places), SILENT)
    assert len(numbers) == 2 * COUNT


def test_other_pictures_of_the_same_names_sizes_and_times_are_not_taken(tmp_path, numbers):
    works = []
    for seed, name in enumerate(("one", "other")):
        paths = [draw(tmp_path / name / f"{i}.bmp", 100 * seed + i) for i in range(COUNT)]
        for path in paths:
            os.utime(path, ns=(0, 0))
        works.append(work_of(tuple(Place(str(path), path.name) for path in paths)))
    assert (works[0].files == works[1].files).all()
    decode_into(home() / "before", works[0], SILENT)
    found = decode_into(home() / "after", works[1], SILENT)
    assert len(numbers) == 2 * COUNT
    np.testing.assert_array_equal(found.X, [pixels(100 + i) for i in range(COUNT)])


def test_what_is_damaged_there_is_decoded(tmp_path, places, before, numbers, monkeypatch):
    monkeypatch.setattr(rows_file, "_SAMPLED", 4)  # of all rows, when a folder is opened
    path = before[1] / "rows.npy"
    path.write_bytes(path.read_bytes()[:-48] + bytes(48))
    found = decode_into(home() / "after", work_of(added(tmp_path, places)), SILENT)
    assert numbers == [5, 40]
    np.testing.assert_array_equal(found.X[40], pixels(39))


def test_bad_pictures_are_tried_again(tmp_path, places, numbers):
    bad = (*places, Place(str(spoil(draw(tmp_path / "x.png"))), "x.png"))
    decode_into(home() / "before", work_of(bad), SILENT)
    found = decode_into(home() / "after", work_of(added(tmp_path, bad)), SILENT)
    assert sorted(numbers[COUNT + 1 :]) == [5, COUNT + 1]
    assert [wrong.place.name for wrong in found.bad] == ["x.png"]


def test_rows_are_gathered_from_several_folders_those_of_the_same_name_first(tmp_path, places, said, progress):
    for name, some, root in (("a", places[:30], "root"), ("b", places[20:], "other"), ("c", places[:25], "other")):
        decode_into(home() / name, work_of(some, root=root)._replace(files=None), SILENT)
        with RowsFile(home() / name, (len(some), 4, 4, 3), DTYPE, write=True) as rows:
            marked = [store.Outcome(i, rows.states["digest"][i].tobytes()) for i in range(len(some))]
            rows.mark(marked, known_by(some).each)
    decode_into(home() / "after", work_of(places), progress)
    assert [sentence.split(" decoded")[0] for sentence in said] == ["30 of 40", "10 of 40"]
    assert said[0].endswith("a")


def test_an_interruption_keeps_what_is_taken_over(tmp_path, places, before, numbers, monkeypatch):
    def interrupt(*values):
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "_EVERY", -1.0)
    work, folder = work_of(added(tmp_path, places)), home() / "after"
    with pytest.raises(KeyboardInterrupt):
        decode_into(folder, work, SILENT._replace(show=interrupt))
    assert there(folder, work) == 1
    decode_into(folder, work, SILENT)
    assert numbers == [5]
    assert there(folder, work) == 41


def test_a_disk_that_fills_up_keeps_what_is_taken_over(tmp_path, places, before, numbers, monkeypatch):
    original, left = os.pwrite, [60]

    def full(file, content, place):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        return original(file, content, place)

    monkeypatch.setattr(store, "_EVERY", -1.0)
    monkeypatch.setattr(os, "pwrite", full)
    work, folder = work_of(added(tmp_path, places)), home() / "after"
    with pytest.raises(ResourceError, match=r"cannot be written to .*No space left.* is kept and gone on with\. Make"):
        decode_into(folder, work, SILENT)
    monkeypatch.setattr(os, "pwrite", original)
    assert 0 < there(folder, work) < 40
    found = decode_into(folder, work, SILENT)
    assert numbers == [5]
    np.testing.assert_array_equal(found.X, [pixels(seed) for seed in [*range(5), 900, *range(5, COUNT)]])


def there(folder, work):
    with RowsFile(folder, work.shape, DTYPE, write=False) as rows:
        return int(rows.there.sum())


@pytest.mark.parametrize("spoilt", ["states", "rows.npy", "about.json"])
def test_a_folder_that_is_no_longer_whole_costs_nothing(tmp_path, places, before, numbers, spoilt):
    (before[1] / spoilt).write_bytes(b"garbage")
    found = decode_into(home() / "after", work_of(places), SILENT)
    np.testing.assert_array_equal(found.X, [pixels(i) for i in range(COUNT)])
    assert len(numbers) == COUNT


def test_nothing_is_tried_where_no_row_is_wanted(places, before, monkeypatch):
    monkeypatch.setattr(reuse, "decoded", None)
    work = work_of(places)
    decode_into(before[1], work, SILENT)
