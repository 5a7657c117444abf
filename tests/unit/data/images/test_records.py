"""A place is read whole or in part; what is no file is refused at once, without waiting."""

import os
import pickle
import socket

import pytest

from foveal.core.errors import DataError
from foveal.data.images.records import BadPicture, Place


def test_a_file_and_a_part_of_one_are_read(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"0123456789")
    assert Place(str(path), "x").read() == b"0123456789"
    assert Place(str(path), "x", 3, 4).read() == b"3456"
    with Place(str(path), "x", 3, 4).open() as file:
        assert file.read(2) == b"34"


def test_a_pipe_a_socket_a_folder_a_device_and_nothing_are_refused_at_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    os.mkfifo("pipe.png")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "loop.png").symlink_to("loop.png")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.png")
        for name in ("pipe.png", "socket.png", "folder.png", "/dev/zero", "loop.png", "nothing.png"):
            with pytest.raises(OSError):
                Place(name, name).read()


def test_a_bad_picture_is_an_error_of_ours_and_passes_between_processes():
    bad = pickle.loads(pickle.dumps(BadPicture("is cut off", "a/b.png")))
    assert isinstance(bad, DataError)
    assert (bad.reason, bad.name, str(bad)) == ("is cut off", "a/b.png", "a/b.png: is cut off")
    assert str(BadPicture("is cut off")) == "is cut off"
