"""Folders as classes: names, order, parts, and what is told."""

import os
import unicodedata

import pytest

from foveal.data.images.listing.class_folders import list_class_folders

from ..made import make


def listed(folder):
    told = []
    listing = list_class_folders(folder, told=told.append)
    return listing, [place.name for place in listing.places], told


def test_classes_and_files_in_order(tmp_path):
    listing, names, told = listed(make(tmp_path, "2/b.png", "10/a.png", "Zebra/x.gif", "ant/deep/er/y.webp", "2/a.JPG"))
    assert listing.class_names == ("10", "2", "Zebra", "ant")
    assert names == ["10/a.png", "2/a.JPG", "2/b.png", "Zebra/x.gif", "ant/deep/er/y.webp"]
    assert listing.y.tolist() == [0, 1, 1, 2, 3]
    assert listing.root == str(tmp_path)
    assert [place.path for place in listing.places] == [str(tmp_path / name) for name in names]
    assert (listing.split, listing.groups) == (None, None)
    assert told == [
        f"{tmp_path}: 5 pictures of 4 classes (10 1, 2 2, Zebra 1, ant 1), by folders; the order is by code points"
    ]


def test_parts(tmp_path):
    make(tmp_path, "TEST/b/1.png", "train/b/3.png", "train/a/4.png", "Val/a/deep/2.png", "train/b/1.png", "test.txt")
    listing, names, _ = listed(tmp_path)
    assert names == ["train/a/4.png", "train/b/1.png", "train/b/3.png", "Val/a/deep/2.png", "TEST/b/1.png"]
    assert listing.split.tolist() == ["train", "train", "train", "valid", "test"]
    assert listing.y.tolist() == [0, 1, 1, 0, 1]
    assert listing.class_names == ("a", "b")


def test_nfc_and_nfd_are_one_class(tmp_path):
    nfd = unicodedata.normalize("NFD", "é")
    make(tmp_path, f"{nfd}/1.png", "é/2.png", "f/3.png")
    if len(list(tmp_path.iterdir())) == 2:
        pytest.skip("this file system takes NFC and NFD for one")
    listing, names, told = listed(tmp_path)
    assert listing.class_names == ("f", "é")
    assert listing.y.tolist() == [0, 1, 1]
    assert sorted(names[1:]) == sorted([f"{nfd}/1.png", "é/2.png"])
    assert len(told) == 1


def test_names_that_differ_in_case_are_two_classes_and_told(tmp_path):
    listing, _, told = listed(make(tmp_path, "Cat/1.png", "cat/2.png"))
    assert listing.class_names == ("Cat", "cat")
    assert told[1:] == ["warning: the classes 'Cat', 'cat' differ only in capital letters; they count as 2"]


def test_what_is_left_out_is_told(tmp_path):
    make(tmp_path, "a/1.png", "b/2.png", "b/x.svg", "b/y", "loose.png", "readme.txt")
    (tmp_path / "b/back").symlink_to("..")
    _, names, told = listed(tmp_path)
    assert names == ["a/1.png", "b/2.png"]
    assert told[1:] == [
        "left out 1 picture in no class folder: 'loose.png'",
        "left out 3 files without a picture's ending: 'b/x.svg', 'b/y', 'readme.txt'",
        "not followed: 1 link back or to the same folder: 'b/back'",
    ]


def test_hidden_things_make_no_class(tmp_path):
    make(
        tmp_path, "a/1.png", "b/2.png", ".cache/3.png", "__MACOSX/a/4.png", "a/Thumbs.db", "a/._1.png", "b/desktop.ini"
    )
    listing, names, told = listed(tmp_path)
    assert (names, listing.class_names, len(told)) == (["a/1.png", "b/2.png"], ("a", "b"), 1)


def test_files_that_reading_will_refuse_stay_in_the_list(tmp_path):
    make(tmp_path, "a/1.png", "b/2.png", "b/folder.png/", "odd.png/")
    (tmp_path / "a/gone.png").symlink_to("nothing")
    (tmp_path / "a/loop.png").symlink_to("loop.png")
    os.mkfifo(tmp_path / "b/pipe.png")
    listing, names, told = listed(tmp_path)
    assert names == ["a/1.png", "a/gone.png", "a/loop.png", "b/2.png", "b/folder.png", "b/pipe.png"]
    assert listing.class_names == ("a", "b")
    assert told[1:] == ["left out 1 picture in no class folder: 'odd.png'"]
    for place in listing.places:
        if place.name not in ("a/1.png", "b/2.png"):
            with pytest.raises(OSError):
                place.read()


def test_names_with_all_sorts_of_signs_can_be_read_and_written(tmp_path):
    for name in (b"a'b\"/-rf \n.png", b"-x/\xe9.png", "日本/ü.png".encode()):
        path = tmp_path / os.fsdecode(name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name)
    listing, names, _ = listed(tmp_path)
    assert names == ["-x/\\udce9.png", "a'b\"/-rf \n.png", "日本/ü.png"]
    assert [place.read() for place in listing.places] == [b"-x/\xe9.png", b"a'b\"/-rf \n.png", "日本/ü.png".encode()]
    assert all(name.encode() for name in names)


def test_an_empty_class_of_the_test_part_is_told_and_a_folder_without_files_makes_no_class(tmp_path):
    make(tmp_path, "train/a/1.png", "train/b/2.png", "test/a/3.png", "test/b/", "test/c/")
    listing, _, told = listed(tmp_path)
    assert listing.class_names == ("a", "b")
    assert told[:2] == [f"{tmp_path}/test/{c} is empty: class '{c}' is not in test" for c in "bc"]


def test_the_root_of_the_file_system_has_one_slash(tmp_path, monkeypatch):
    make(tmp_path, "a/1.png")
    monkeypatch.setattr("foveal.data.images.listing.class_folders.existing_folder", lambda folder: folder)
    listing = list_class_folders(f"{tmp_path}/")
    assert listing.places[0].path == str(tmp_path / "a/1.png")
