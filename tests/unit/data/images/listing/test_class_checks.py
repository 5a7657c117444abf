"""Class folders that cannot be learnt from are refused by name, with the way out."""

import os

import pytest

from foveal.core.errors import DataError
from foveal.data.images.listing.class_folders import list_class_folders

from ..made import make


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], r": expected class folders, found an empty folder; give each class a folder of its own"),
        (["a.txt"], r": expected class folders, found no picture, but 'a\.txt'; give each class"),
        (["1.png"], r": expected class folders, found 1 picture in no folder \('1\.png'\); give each class a folder of "
         r"its own \(cat/1\.jpg\), or a table \(a CSV .*\), or a pattern of names such as pattern="),
        (["1.png", "labels.csv"], r"found 1 picture in no folder .*; did you mean the table .*/labels\.csv\?"),
        (["a/1.png", "b/"], r"^class 'b' has no picture: .*/b is empty; fill it or move it away"),
        (["a/1.png", "b/deep/er/"], r"^class 'b' has no picture: .*/b is empty"),
        (["a/1.png", "b/.hidden.png"], r"^class 'b' has no picture: .*/b is empty"),
        (["a/1.png", "b/1.svg", "b/2.eps"], r"^class 'b' has no picture: .*/b holds 'b/1\.svg', 'b/2\.eps', no file "
         r"with a picture's ending \(png, .*; give them their ending, convert them, or move the folder away"),
        (["train/a/1.png", "train/b/1.png", "test/b/1.svg"], r"^class 'b' has no picture: .* holds 'test/b/1\.svg'"),
        (["train/a/1.png", "val/a/1.png", "val/b/1.png"], r"valid has pictures of 'b', train has none of them"),
        (["train/a/1.png", "train/b/", "test/a/1.png"], r"^class 'b' has no picture: .*train/b is empty"),
        (["data/a/1.png", "data/b/1.png"], r": holds one folder only, 'data', and that holds 'data/a', 'data/b'; one "
         r"class cannot be learnt: did you mean .*/data\?"),
    ],
)  # fmt: skip
def test_the_message_names_what_is_wrong(tmp_path, names, message):
    with pytest.raises(DataError, match=message):
        list_class_folders(make(tmp_path, *names))


def test_one_class_that_holds_pictures_is_listed(tmp_path):
    assert list_class_folders(make(tmp_path, "a/1.png", "a/x/2.png", "a/y/3.png")).class_names == ("a",)
    assert len(list_class_folders(make(tmp_path / "deep", "a/x/y/2.png")).places) == 1


def test_a_class_must_have_a_name_that_can_be_written(tmp_path):
    make(tmp_path, "a/1.png")
    (tmp_path / os.fsdecode(b"caf\xe9")).mkdir()
    with pytest.raises(DataError, match=r"the name of class 'caf.*udce9' is not UTF-8; give the folder another"):
        list_class_folders(tmp_path)
