import pickle

import pytest

from foveal.core.errors import DataError
from foveal.data.images.records import BadPicture, Place


def test_a_place_is_a_file_or_a_part_of_one(tmp_path):
    file = tmp_path / "all.tar"
    file.write_bytes(b"0123456789")
    assert Place(str(file), "all.tar").read() == b"0123456789"
    assert Place(str(file), "a/b.png", offset=3, size=4).read() == b"3456"
    with pytest.raises(FileNotFoundError):
        Place(str(tmp_path / "none"), "none").read()


def test_a_bad_picture_is_an_error_of_ours_and_passes_between_processes():
    bad = pickle.loads(pickle.dumps(BadPicture("is cut off", "a/b.png")))
    assert isinstance(bad, DataError)
    assert (bad.reason, bad.name, str(bad)) == ("is cut off", "a/b.png", "a/b.png: is cut off")
    assert str(BadPicture("is cut off")) == "is cut off"
