"""A walk ends, depends on names only, and keeps what reading will tell of."""

import os
import socket
import time

import pytest

from foveal.core.errors import DataError, ResourceError
from foveal.data.images.listing import walk as module
from foveal.data.images.listing.walk import Found, existing_file, existing_folder, kind_of, tell_left_out, walk

from ..made import make


def test_files_folders_and_others(tmp_path):
    found = walk(make(tmp_path, "b/2.png", "b/10.JPG", "a/x/y/z.webp", "a/notes.txt", "c/", ".git/a.png", "b/.a.png"))
    assert found.files == ["a/x/y/z.webp", "b/10.JPG", "b/2.png"]
    assert sorted(found.folders) == ["a", "a/x", "a/x/y", "b", "c"]
    assert found.others == ["a/notes.txt"]
    assert found.circles == []


@pytest.mark.parametrize("name", [
    "-rf.png", " a.png", "a b.png", "a'b\".png", "a\nb.png", "ä.png", "日本.png", "%s{}.png", "a\\b.png",
    "x" * 250 + ".png", "/".join(["d" * 200] * 6) + "/a.png", "$(x).png", "*.png", "a.png.png",
])  # fmt: skip
def test_any_name_is_kept(tmp_path, name):
    found = walk(make(tmp_path, name))
    assert found.files == [name]
    assert (tmp_path / found.files[0]).is_file()


def test_a_name_that_is_no_utf8_is_kept(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.png")).touch()
    (name,) = walk(str(tmp_path)).files
    assert (tmp_path / name).is_file()


def test_circles_are_not_followed(tmp_path):
    make(tmp_path, "a/1.png", "b/c/2.png")
    (tmp_path / "a/up").symlink_to(tmp_path)
    (tmp_path / "a/self").symlink_to("../a")
    (tmp_path / "b/c/b").symlink_to(tmp_path / "b")
    (tmp_path / "b/me.png").symlink_to("me.png")
    (tmp_path / "me").symlink_to("me")
    found = walk(str(tmp_path))
    assert found.files == ["a/1.png", "b/c/2.png", "b/me.png"]
    assert sorted(found.circles) == ["a/self", "a/up", "b/c/b"]
    assert found.others == ["me"]


def test_links_across_each_other_come_to_an_end(tmp_path):
    names = [f"f{i}" for i in range(9)]
    make(tmp_path, *(f"{name}/{name}.png" for name in names))
    for one in names:
        for other in names:
            if one != other:
                (tmp_path / one / f"to-{other}").symlink_to(f"../{other}")
    start = time.perf_counter()
    found = walk(str(tmp_path))
    assert time.perf_counter() - start < 5  # 9! paths otherwise
    assert {name for name in found.files if name.count("/") == 1} == {f"{name}/{name}.png" for name in names}


def test_links_to_elsewhere_are_followed_and_a_real_folder_never_gives_way_to_a_link(tmp_path):
    make(tmp_path, "store/1.png", "data/train/b/2.png")
    (tmp_path / "data/train/a").symlink_to("../../store")
    (tmp_path / "data/train/a-to-b").symlink_to("b")
    (tmp_path / "data/train/file.png").symlink_to("../../store/1.png")
    found = walk(str(tmp_path / "data"))
    assert found.files == ["train/a-to-b/2.png", "train/a/1.png", "train/b/2.png", "train/file.png"]


def test_what_is_no_file_is_listed_by_its_ending(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make(tmp_path, "c/empty.png/", "c/deep.png/notes.txt", "c/full.png/1.png", "c/o.png/p.png/")
    (tmp_path / "c/gone.jpg").symlink_to("nothing")
    os.mkfifo("c/pipe.png")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("c/s.png")
        found = walk(str(tmp_path))
    assert found.files == ["c/deep.png", "c/empty.png", "c/full.png/1.png", "c/gone.jpg", "c/o.png", "c/o.png/p.png",
                           "c/pipe.png", "c/s.png"]  # fmt: skip
    assert found.folders == ["c", "c/full.png"]


def test_the_order_is_not_the_file_systems(tmp_path, monkeypatch):
    folder = make(tmp_path, *(f"{c}/{i}.png" for c in "ab" for i in range(12)), "a/x/", "b/y/")
    straight = walk(folder)

    class Backwards:
        def __init__(self, path):
            with scandir(path) as entries:
                self.entries = list(entries)[::-1]

        def __enter__(self):
            return self.entries

        def __exit__(self, *_):
            pass

    scandir = os.scandir
    monkeypatch.setattr(module.os, "scandir", Backwards)
    assert walk(folder) == straight


def test_an_unreadable_folder_is_named(tmp_path, monkeypatch):
    folder = make(tmp_path, "a/1.png", "b/2.png")
    scandir = os.scandir

    def refusing(path):
        if path.name == "b":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(module.os, "scandir", refusing)  # root may read everything
    with pytest.raises(ResourceError, match=r"/b: the folder cannot be read \(Permission denied\); give it permission"):
        walk(folder)


def test_a_missing_folder_and_a_file_are_told_with_the_nearest_name(tmp_path):
    make(tmp_path, "photos/a/1.png", "x.txt")
    assert existing_folder(tmp_path / "photos") == str(tmp_path / "photos")
    with pytest.raises(DataError, match=r"photoes: expected a folder, found nothing there; did you mean 'photos'\?"):
        existing_folder(tmp_path / "photoes")
    with pytest.raises(DataError, match=r"found nothing there; did you mean 'photos'\?"):
        existing_folder(tmp_path / "photoes" / "a" / "b")
    with pytest.raises(DataError, match=r"found nothing there; .* has no 'zzzzzz'"):
        existing_folder(tmp_path / "zzzzzz")
    with pytest.raises(DataError, match=r"expected a folder, found a file there"):
        existing_folder(tmp_path / "x.txt")


def test_what_a_path_leads_to(tmp_path, monkeypatch):
    make(tmp_path, "d/", "f")
    os.mkfifo(tmp_path / "p")
    (tmp_path / "l").symlink_to("gone")
    kinds = [kind_of(tmp_path / name) for name in ("d", "f", "p", "l", "x", "x" * 300, "f/x")]
    assert kinds == ["a folder", "a file", "no file", *["nothing"] * 4]
    with pytest.raises(DataError, match=r"/p: expected a file, found no file there$"):
        existing_file(tmp_path / "p")
    with pytest.raises(DataError, match=r"/x{300}: expected a file, found nothing there; .* has no "):
        existing_file(tmp_path / ("x" * 300))

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(module.Path, "stat", refuse)  # root may look everywhere
    with pytest.raises(ResourceError, match=r"/f: cannot be looked at \(Permission denied\); give permission"):
        existing_file(tmp_path / "f")


def test_what_is_left_out_is_told():
    told = []
    tell_left_out(Found(["a.png"]), told.append)
    tell_left_out(Found(others=["a", "b"], circles=["c"]), told.append)
    assert told == [
        "left out 2 files without a picture's ending: 'a', 'b'", "not followed: 1 link back or to the same folder: 'c'"
    ]  # fmt: skip
