"""What is written where a path leads to a link, a FIFO, a device, a socket or a folder.

Devices are made in a temporary folder: no test names one of the machine's own to be replaced.
"""

import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from foveal.core import files
from foveal.core.errors import ParameterError, ResourceError
from foveal.core.files import write_atomically

needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may make devices and give files away"
)
CONTENT = b"new " * 50_000  # more than a pipe holds


def kind(path: Path) -> str:
    return stat.filemode(path.lstat().st_mode)


def made(path: Path, *, block: bool = False, minor: int = 3) -> Path:
    """Make what /dev/null is (minor 3), /dev/full (7), or a disk that there is not."""
    try:
        os.mknod(path, 0o666 | (stat.S_IFBLK if block else stat.S_IFCHR), os.makedev(240 if block else 1, minor))
        with path.open("wb") if not block else path.parent.joinpath("x").open("wb"):
            pass
    except OSError as error:
        pytest.skip(f"devices cannot be made or opened here: {error}")
    return path


def entries(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_a_link_stays_and_its_target_is_replaced(steps, tmp_path):
    target = tmp_path / "elsewhere" / "v1"
    target.parent.mkdir()
    target.write_bytes(b"old")
    path = target
    for step in range(steps):
        link = tmp_path / f"link{step}"
        link.symlink_to(os.path.relpath(path, tmp_path) if step % 2 == 0 else path)
        path = link
    write_atomically(path, CONTENT)
    assert kind(path).startswith("l")
    assert target.read_bytes() == CONTENT
    assert entries(target.parent) == {"v1"}


def test_a_folder_that_is_a_link_is_followed_too(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "current").symlink_to("real")
    write_atomically(tmp_path / "current" / "a", b"new")
    assert (tmp_path / "real" / "a").read_bytes() == b"new"
    assert (tmp_path / "current").is_symlink()


def test_a_link_to_nothing_makes_what_it_names(tmp_path):
    (tmp_path / "link").symlink_to("later")
    write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "later").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("target", "reason"), [("link", "Too many levels"), ("no/such", "No such file"), ("folder", "it is a folder")]
)
def test_links_that_lead_nowhere_or_to_a_folder_are_refused_and_stay(target, reason, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(ResourceError, match=f"cannot write .*link: {reason}"):
        write_atomically(tmp_path / "link", b"new")
    assert entries(tmp_path) == {"folder", "link"}


def test_a_hard_link_keeps_the_old_content(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    write_atomically(tmp_path / "a", b"new")
    assert ((tmp_path / "a").read_bytes(), (tmp_path / "b").read_bytes()) == (b"new", b"old")


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o444, 0o755, 0o200])
@pytest.mark.parametrize("through_link", [False, True])
def test_a_replaced_file_keeps_its_permissions(mode, through_link, tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(mode)
    (tmp_path / "link").symlink_to(path)
    write_atomically(tmp_path / "link" if through_link else path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_nobody_else_may_read_a_private_file_while_it_is_written(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(0o600)
    with files.whole_file(path) as file:
        file.write(b"new")
        assert {stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()} == {0o600}


@needs_root
def test_a_replaced_file_keeps_its_owner_and_group(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    os.chown(path, 12345, 23456)
    path.chmod(0o640)
    write_atomically(path, b"new")
    assert (path.stat().st_uid, path.stat().st_gid, kind(path)) == (12345, 23456, "-rw-r-----")


def test_without_the_right_to_give_files_away_it_is_the_writers(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(files.os, "fchown", refuse)
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_atomically(path, b"new")
    assert (path.read_bytes(), kind(path)) == (b"new", "-rw-r-----")


@pytest.mark.parametrize("reader_first", [True, False])
def test_a_fifo_is_written_through_whoever_comes_first(reader_first, tmp_path):
    fifo, got = tmp_path / "pipe", []
    os.mkfifo(fifo)
    reader = threading.Timer(0.0 if reader_first else 0.3, lambda: got.append(fifo.read_bytes()))
    reader.start()
    write_atomically(fifo, CONTENT)
    reader.join(20)
    assert got == [CONTENT]
    assert kind(fifo).startswith("p")
    assert entries(tmp_path) == {"pipe"}


def test_a_fifo_that_nobody_reads_from_is_refused_by_name(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "READER_SECONDS", 0.1)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ResourceError, match=r"cannot write .*pipe: nobody reads from it.*start its reader first"):
        write_atomically(tmp_path / "pipe", b"new")
    assert kind(tmp_path / "pipe").startswith("p")


def test_a_reader_that_leaves_is_an_error(tmp_path):
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)

    def content():
        os.close(reader)
        yield CONTENT * 10

    with pytest.raises(ResourceError, match="Broken pipe"):
        write_atomically(fifo, content())


@needs_root
def test_a_device_is_written_through_and_stays(tmp_path):
    null = made(tmp_path / "null")
    write_atomically(null, CONTENT)
    (tmp_path / "link").symlink_to("null")
    write_atomically(tmp_path / "link", CONTENT)
    assert kind(null).startswith("c")
    assert entries(tmp_path) == {"null", "link"}


@needs_root
def test_a_device_that_is_full_says_so(tmp_path):
    with pytest.raises(ResourceError, match="No space left on device; free some space"):
        write_atomically(made(tmp_path / "full", minor=7), CONTENT)


@needs_root
def test_a_disk_is_refused_by_name(tmp_path):
    disk = made(tmp_path / "sda", block=True)
    with pytest.raises(ResourceError, match="sda: it is a disk; name a file"):
        write_atomically(disk, b"new")
    assert kind(disk).startswith("b")


def test_a_socket_is_refused_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the name of a socket has at most 107 bytes
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        with pytest.raises(ResourceError, match="cannot write socket: it is a socket; name a file"):
            write_atomically("socket", b"new")
    assert kind(Path("socket")).startswith("s")


@pytest.mark.parametrize("path", [".", "folder", "folder/", "folder/..", "/"])
def test_a_folder_is_refused_by_name(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    with pytest.raises(ResourceError, match="it is a folder; name a file"):
        write_atomically(path, b"new")


@pytest.mark.parametrize("path", ["", b"", "a\0b"])
def test_a_path_that_names_nothing_is_refused(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParameterError, match="path must name a file or a folder, got"):
        write_atomically(path, b"new")
    assert not entries(tmp_path)


@pytest.mark.parametrize("path", [None, 3, ["a"]])
def test_what_is_no_path_is_a_parameter_of_the_wrong_type(path):
    with pytest.raises(TypeError, match=r"path must be a string or a pathlib\.Path, got"):
        write_atomically(path, b"new")
