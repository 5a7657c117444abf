"""All pictures of a folder, and lists of files."""

from pathlib import Path

import pytest

from foveal.core.errors import DataError
from foveal.data.images.listing.lists import list_files, list_pictures

from ..made import make


def names(listing):
    return [place.name for place in listing.places]


def test_all_pictures_of_a_folder(tmp_path):
    told = []
    listing = list_pictures(make(tmp_path, "b.png", "a/1.png", "train/x/y.png", "n.txt"), told=told.append)
    assert names(listing) == ["a/1.png", "b.png", "train/x/y.png"]
    assert all(Path(place.path).is_file() for place in listing.places)
    assert (listing.y, listing.class_names, listing.split, listing.groups) == (None,) * 4
    assert told == [f"{tmp_path}: 3 pictures", "left out 1 file without a picture's ending: 'n.txt'"]


def test_a_folder_without_pictures(tmp_path):
    with pytest.raises(DataError, match=r": expected pictures, found none$"):
        list_pictures(tmp_path)
    with pytest.raises(DataError, match=r"found none, but 'a\.svg'; known endings are png, jpg"):
        list_pictures(make(tmp_path, "a.svg"))


def test_a_list_keeps_its_order(tmp_path, monkeypatch):
    make(tmp_path, "b.png", "a.odd")
    told = []
    listing = list_files(["b.png", tmp_path / "a.odd", b"gone.png"], root=tmp_path, told=told.append)
    assert names(listing) == ["b.png", "a.odd", "gone.png"]
    assert listing.places[1].path == str(tmp_path / "a.odd")
    assert (listing.y, told) == (None, ["3 pictures from a list of files"])
    monkeypatch.chdir(tmp_path)
    assert list_files(iter(["b.png"])).places[0].path == str(tmp_path / "b.png")


def test_labels_and_targets(tmp_path):
    make(tmp_path, "a.png", "b.png", "c.png")
    told = []
    listing = list_files(["c.png", "b.png", "a.png"], ["x", "y", "X"], root=tmp_path, told=told.append)
    assert (listing.y.tolist(), listing.class_names) == ([1, 2, 0], ("X", "x", "y"))
    assert told[1:] == [
        "labels as given: 3 classes (X 1, x 1, y 1)",
        "warning: the classes 'X', 'x' differ only in capital letters; they count as 2",
    ]
    listing = list_files(["c.png", "b.png"], [0.5, 2], root=tmp_path)
    assert (listing.y.tolist(), listing.class_names) == ([0.5, 2.0], None)


def test_a_file_twice(tmp_path):
    make(tmp_path, "a.png", "b.png")
    told = []
    twice = ["a.png", "b.png", "./a.png"]
    assert len(list_files(twice, [1, 0, 1], root=tmp_path, told=told.append).places) == 3
    assert "1 file more than once in the list, with one label: 'a.png'" in told
    with pytest.raises(DataError, match=r"1 file with several labels: 'a\.png' in entries 0, 2; give each file one"):
        list_files(twice, [1, 0, 0], root=tmp_path)


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ([], r"the list of files is empty; give at least one path"),
        (["a.png", 3], r"the list of files must hold paths, entry 1 is 3"),
        (["a.png", " ", "https://x/a.png"], r"2 of 3 are no paths: entry 1 \(' '\) is no path; entry 2 \('https"),
        (["x.png", "y.png"], r"the list of files: none of 'x\.png', 'y\.png' is there; paths are taken from "),
    ],
)
def test_lists_that_are_none(tmp_path, paths, message):
    with pytest.raises(DataError, match=message):
        list_files(paths, root=make(tmp_path, "a.png"))
