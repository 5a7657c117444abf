"""The one door: what is given is recognised, what does not belong to it is refused."""

import pytest

from foveal.core.errors import DataError, ParameterError
from foveal.data.images.listing.door import open_listing

from ..made import make


def names(listing):
    return [place.name for place in listing.places]


def test_class_folders(tmp_path):
    told = []
    listing = open_listing(make(tmp_path, "a/1.png", "b/2.png"), told=told.append)
    assert (names(listing), listing.class_names) == (["a/1.png", "b/2.png"], ("a", "b"))
    assert len(told) == 1


def test_a_folder_by_pattern_or_without_labels(tmp_path):
    make(tmp_path, "x/cat_1.png", "dog_2.png")
    assert open_listing(tmp_path, pattern="{label}_{}.png").class_names == ("cat", "dog")
    assert open_listing(tmp_path, labelled=False).y is None


def test_lists_of_files_and_a_single_file(tmp_path):
    make(tmp_path, "cat_1.png", "dog_2.png")
    files = [tmp_path / "dog_2.png", tmp_path / "cat_1.png"]
    assert open_listing(files, y=[0.5, 1.5]).y.tolist() == [0.5, 1.5]
    assert open_listing(["dog_2.png"], y=["a"], root=tmp_path).class_names == ("a",)
    assert open_listing(files, pattern="{label}_{}.png").y.tolist() == [1, 0]
    assert len(open_listing(files[0], labelled=False).places) == 1
    with pytest.raises(DataError, match=r"a list of files has no labels; give y=, one a file, or pattern="):
        open_listing(files)


def test_nothing_is_told_with_its_neighbours(tmp_path):
    make(tmp_path, "photos/a/1.png", "notes.doc")
    with pytest.raises(DataError, match=r"/photo: there is no such folder or file; did you mean 'photos'\?"):
        open_listing(tmp_path / "photo")
    with pytest.raises(DataError, match=r"notes\.doc: expected a folder, a table or a picture, found another file"):
        open_listing(str(tmp_path / "notes.doc"))
    for odd in (3, None, {"a": 1}):
        with pytest.raises(DataError, match=r"pictures come as a folder, a table or a list of files, got "):
            open_listing(odd)
    with pytest.raises(DataError, match=r"there is no such folder or file; .* has no 'xxx"):
        open_listing("x" * 300)
    with pytest.raises(ParameterError, match=r"must name a file or a folder, got 'a.x00b'; leave the null byte out"):
        open_listing("a\0b")
    with pytest.raises(ParameterError, match=r"must name a file or a folder, got ''"):
        open_listing("")


def test_parameters_that_do_not_belong_are_refused(tmp_path):
    make(tmp_path, "a/1.png")
    with pytest.raises(ParameterError, match=r"y= does not go with a folder, got \[1\]; leave it out"):
        open_listing(tmp_path, y=[1])
    with pytest.raises(ParameterError, match=r"y= does not go with a pattern"):
        open_listing([tmp_path / "a/1.png"], y=[1], pattern="{label}.png")
