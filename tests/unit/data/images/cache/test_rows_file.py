import errno
import os

import numpy as np
import pytest

from foveal.data.images.cache import rows_file
from foveal.data.images.cache.rows_file import ROWS, STATES, DamagedError, RowsFile
from foveal.data.images.reading.pool import Outcome, digest_of

from ..drawn import DTYPE, pixels

SHAPE = (5, 4, 4, 3)


def opened(folder, *, write=True, shape=SHAPE, dtype=DTYPE):
    return RowsFile(folder, shape, dtype, write=write)


def filled(folder, rows=range(5)):
    """Write some rows and mark them."""
    with opened(folder) as file:
        file.begin()
        for row in rows:
            file.write(row, pixels(row))
        file.mark([Outcome(row, digest_of(pixels(row))) for row in rows])


def test_rows_are_an_ordinary_file_of_numpy(tmp_path):
    filled(tmp_path)
    np.testing.assert_array_equal(np.load(tmp_path / ROWS), [pixels(i) for i in range(5)])
    with opened(tmp_path, write=False) as file:
        file.check()
        mapped = file.mapped()
        assert file.there.all()
    np.testing.assert_array_equal(mapped, [pixels(i) for i in range(5)])  # closed since
    assert mapped.filename == str(tmp_path / ROWS)
    assert not mapped.flags.writeable


def test_what_is_there_is_known_after_a_break(tmp_path):
    filled(tmp_path, [1, 3])
    with opened(tmp_path) as file:
        assert file.is_begun()
        file.check()
        assert np.flatnonzero(file.there).tolist() == [1, 3]
        assert file.states["digest"][3].tobytes() == digest_of(pixels(3))
        file.write(0, pixels(0))
        assert not file.there[0]
        file.mark([Outcome(0, digest_of(pixels(0)))])
        file.mark([])
        assert file.there[0]


def test_new_files_are_begun(tmp_path):
    with opened(tmp_path) as file:
        assert not file.is_begun()
        file.begin()
        file.check()
        assert file.is_begun()
        file.reserve()
        assert not file.there.any()
        assert file.taken >= 0
    with pytest.raises(FileNotFoundError):
        opened(tmp_path / "no", write=False)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        (ROWS, lambda content: content[:-1]),
        (ROWS, lambda content: content + b"\0"),
        (ROWS, lambda content: b"garbage" + content[7:]),
        (ROWS, lambda content: content[:-48] + bytes(48)),
        (STATES, lambda content: content[:-1]),
        (STATES, lambda content: content * 2),
        (STATES, lambda content: b"\x07" + content[1:]),
        (STATES, lambda content: content[:1] + bytes(16) + content[17:]),
    ],
)
def test_damage_is_told_and_begun_anew(tmp_path, name, damage):
    filled(tmp_path)
    path = tmp_path / name
    path.write_bytes(damage(path.read_bytes()))
    with opened(tmp_path) as file:
        with pytest.raises(DamagedError, match="not as it was written"):
            file.check()
        file.remove()
    with opened(tmp_path) as file:
        assert not file.is_begun()


def test_what_is_mapped_stays_when_the_files_are_removed(tmp_path):
    filled(tmp_path)
    with opened(tmp_path) as file:
        mapped = file.mapped()
        file.remove()
    filled(tmp_path, [])
    np.testing.assert_array_equal(mapped, [pixels(i) for i in range(5)])


def test_files_of_other_shapes_are_not_taken_for_these(tmp_path):
    filled(tmp_path)
    for shape, dtype in (((6, 4, 4, 3), DTYPE), ((5, 4, 3, 4), DTYPE), (SHAPE, np.dtype(np.uint16))):
        with opened(tmp_path, shape=shape, dtype=dtype) as file, pytest.raises(DamagedError):
            file.check()


def test_rows_are_written_whole_where_the_system_takes_a_part(tmp_path, monkeypatch):
    original = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, content, place: original(file, bytes(content[:7]), place))
    filled(tmp_path)
    np.testing.assert_array_equal(np.load(tmp_path / ROWS), [pixels(i) for i in range(5)])


def test_without_pwrite(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "pwrite")
    filled(tmp_path)
    np.testing.assert_array_equal(np.load(tmp_path / ROWS), [pixels(i) for i in range(5)])


@pytest.mark.parametrize(("code", "raised"), [(errno.EOPNOTSUPP, False), (errno.ENOSPC, True)])
def test_space_that_cannot_be_set_aside(tmp_path, monkeypatch, code, raised):
    def refuse(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(rows_file.os, "posix_fallocate", refuse, raising=False)
    with opened(tmp_path) as file:
        file.begin()
        if raised:
            with pytest.raises(OSError, match="No space left"):
                file.reserve()
        else:
            file.reserve()
