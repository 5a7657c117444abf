"""One tar: what lies in it, by the places of the bytes."""

import gzip
import io
import os
import shutil
import subprocess
import tarfile

import pytest

from foveal.core.errors import DataError, ResourceError
from foveal.data.images.listing import tar_shard
from foveal.data.images.listing.tar_shard import read_shard, row_pictures

from ..made import pack

TAR = shutil.which("tar")
GNU = TAR is not None and b"GNU" in subprocess.run([TAR, "--version"], capture_output=True).stdout
gnu_tar = pytest.mark.skipif(not GNU, reason="needs GNU tar")


def contents(shard):
    raw = shard.path.read_bytes()
    return {name: raw[offset : offset + size] for name, (offset, size) in shard.pictures.items()}


def test_pictures_labels_folders_and_others(tmp_path):
    shard = read_shard(pack(
        tmp_path / "a.tar", ("./a/1.jpg", b"one"), ("a/1.cls", b"3"), ("a/2.PNG", b"two"), ("a/2.seg.png", b"mask"),
        ("b/c/", b""), ("a/notes.md", b"x"), (".hidden/3.png", b""), ("a/._1.jpg", b""), ("__MACOSX/1.png", b""),
        ("/abs/4.png", b"four"),
    ))  # fmt: skip
    assert contents(shard) == {"a/1.jpg": b"one", "a/2.PNG": b"two", "a/2.seg.png": b"mask", "abs/4.png": b"four"}
    assert sorted(shard.folders) == ["a", "abs", "b/c"]
    assert shard.others == ["a/notes.md"]
    assert list(shard.labels) == ["cls"]
    assert shard.read_labels("cls", [("a", "1")]) == [3]
    assert row_pictures(shard) == {("a", "1"): "a/1.jpg", ("a", "2"): "a/2.PNG", ("abs", "4"): "abs/4.png"}


def test_labels_come_in_the_order_that_is_asked_for(tmp_path):
    shard = read_shard(pack(tmp_path / "a.tar", *((f"{i}.txt", b"%d\n" % i) for i in range(5)), ("x.png", b"")))
    assert shard.read_labels("txt", [("", str(i)) for i in (3, 0, 4)]) == ["3", "0", "4"]


def test_the_last_member_of_a_name_counts(tmp_path):
    assert contents(read_shard(pack(tmp_path / "a.tar", ("1.png", b"old"), ("1.png", b"new")))) == {"1.png": b"new"}


@gnu_tar
def test_what_the_command_tar_writes(tmp_path):
    folder = tmp_path / "x"
    (folder / "cat").mkdir(parents=True)
    long = "n" * 250 + ".png"
    for name in ("1.png", "a\n'b\".png", "-x.png", "日.png", long, os.fsdecode(b"\xe9.png")):
        (folder / "cat" / name).write_bytes(os.fsencode(name))
    os.link(folder / "cat/1.png", folder / "cat/2.png")
    (folder / "cat/link.png").symlink_to("1.png")
    os.mkfifo(folder / "cat/pipe.png")
    subprocess.run(["tar", "--sort=name", "-cf", tmp_path / "a.tar", "-C", folder, "."], check=True)
    shard = read_shard(tmp_path / "a.tar")
    found = contents(shard)
    assert found.pop("cat/2.png") == b"1.png"
    assert {os.fsencode(name).removeprefix(b"cat/"): content for name, content in found.items()} == {
        content: content for content in found.values()
    }
    assert len(found) == 6
    assert shard.others == ["cat/link.png", "cat/pipe.png"]


def test_what_is_packed_cut_or_no_tar(tmp_path, monkeypatch):
    path = pack(tmp_path / "a.tar", ("1.png", bytes(3000)))
    whole = path.read_bytes()
    path.write_bytes(gzip.compress(whole))
    with pytest.raises(DataError, match=r"a\.tar: is packed, and pictures are read where they lie; .* \(gunzip\)"):
        read_shard(path)
    path.write_bytes(whole[:2000])
    with pytest.raises(DataError, match=r"a\.tar: ends within 1\.png; it is not whole"):
        read_shard(path)
    path.write_bytes(b"no tar" * 300)
    with pytest.raises(DataError, match=r"a\.tar: expected a whole, uncompressed tar"):
        read_shard(path)
    monkeypatch.setattr(tar_shard.Path, "open", lambda *_: io.FileIO("gone"))
    with pytest.raises(ResourceError, match=r"a\.tar: cannot be read \(No such file or directory\); check the file"):
        read_shard(path)


def test_two_pictures_of_one_row(tmp_path):
    shard = read_shard(pack(tmp_path / "a.tar", ("1.png", b""), ("1.jpg", b"")))
    with pytest.raises(DataError, match=r"a\.tar: 1\.png and 1\.jpg are of one row; remove one of them"):
        row_pictures(shard)


@gnu_tar
def test_a_sparse_member_is_left_out(tmp_path):
    (tmp_path / "1.png").write_bytes(b"x")
    with (tmp_path / "s.png").open("wb") as file:
        file.seek(2**20)
        file.write(b"end")
    subprocess.run(["tar", "--sparse", "-cf", "a.tar", "1.png", "s.png"], check=True, cwd=tmp_path)
    with tarfile.open(tmp_path / "a.tar") as tar:
        if not tar.getmember("s.png").issparse():
            pytest.skip("this file system has no holes in files")
    shard = read_shard(tmp_path / "a.tar")
    assert (list(shard.pictures), shard.others) == (["1.png"], ["s.png"])
