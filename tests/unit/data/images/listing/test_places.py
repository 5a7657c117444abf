"""Paths as people write them."""

import os

import pytest

from foveal.core.errors import DataError
from foveal.data.images.listing.places import check_some_exist, path_problem, place_of

from ..made import make


@pytest.mark.parametrize(
    "text", ["", " ", "\n", ".", "./", "/", "a/..", "..", "http://x/a.png", "s3://b/a.png", "a\0.png"]
)
def test_no_paths(text):
    assert path_problem(text)


@pytest.mark.parametrize("text", ["a", " a ", "-a", "../a.png", "/a/b.png", "a\nb", "http:/a", "a:b.png", "C:\\a.png"])
def test_paths(text):
    assert path_problem(text) == ""


@pytest.mark.parametrize(
    ("text", "path", "name"),
    [
        ("a/b.png", "/r/a/b.png", "a/b.png"),
        ("./a//b.png", "/r/a/b.png", "a/b.png"),
        ("../b.png", "/r/../b.png", "../b.png"),
        ("a/../b.png", "/r/a/../b.png", "b.png"),
        ("/r/a.png", "/r/a.png", "a.png"),
        ("/rr/a.png", "/rr/a.png", "/rr/a.png"),
        (" a.png ", "/r/ a.png ", " a.png "),
        ("a\\b.png", "/r/a/b.png", "a/b.png"),
        (os.fsdecode(b"\xe9.png"), os.fsdecode(b"/r/\xe9.png"), "\\udce9.png"),
    ],
)
def test_places(text, path, name):
    assert place_of("/r", text) == (path, name, 0, None)


def test_a_file_with_a_backslash_in_its_name_is_found(tmp_path):
    root = make(tmp_path, "a\\b.png")
    assert place_of(root, "a\\b.png").path == f"{root}/a\\b.png"


def test_the_root_of_the_file_system_has_one_slash():
    assert place_of("/", "a.png").path == "/a.png"
    assert place_of("/", "/a.png") == ("/a.png", "a.png", 0, None)


def test_files_that_all_lack_are_told_with_the_folder(tmp_path):
    root = make(tmp_path, "b.png", "x/1.jpg")
    check_some_exist("t", root, [place_of(root, "b.png")])
    check_some_exist("t", root, [place_of(root, name) for name in ["gone.png", *["b.png"] * 50]])
    with pytest.raises(
        DataError, match=r"t: none of 'x/1\.png', 'y' is there; paths are taken from .*: give the folder"
    ):
        check_some_exist("t", root, [place_of(root, "x/1.png"), place_of(root, "y")])
    with pytest.raises(
        DataError, match=r"none of 'x/1' is there; .* which has x/1\.jpg: write paths with their ending"
    ):
        check_some_exist("t", root, [place_of(root, "x/1")])
