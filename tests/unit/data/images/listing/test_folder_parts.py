"""Which folders are parts, which are classes, and where that is open."""

import pytest

from foveal.core.errors import DataError
from foveal.data.images.listing.folder_parts import folder_parts
from foveal.data.images.listing.walk import Found


def found(*files):
    folders = {"/".join(file.split("/")[:i]) for file in files for i in range(1, file.count("/") + 1)}
    return Found([file for file in files if file[-1] != "/"], sorted(folders))


def parts(*files):
    told = []
    return folder_parts("here", found(*files), told.append), told


def test_parts_by_any_of_their_names():
    assert parts("Train/a/1.png", "VAL/a/1.png") == ({"Train": "train", "VAL": "valid"}, [])
    assert parts("training/a/1.png", "validation/a/1", "testing/a/1")[0] == {
        "testing": "test", "training": "train", "validation": "valid"
    }  # fmt: skip
    assert parts("train/a/1.png", "train/b/1.png")[0] == {"train": "train"}


def test_classes():
    assert parts("cat/1.png", "dog/1.png") == ({}, [])
    assert parts("bus/1.png", "train/1.png", "car/1.png") == ({}, [])  # a train is also a vehicle


def test_others_beside_parts_are_left_out_and_told():
    assert parts("train/a/1.png", "test/a/1.png", "docs/x.png") == (
        {"test": "test", "train": "train"}, ["left out 'docs': neither train, valid nor test"]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["test/a/1.png"], r"here: has 'test', but no train; name one of them train"),
        (["test/a/1.png", "val/a/1.png"], r"has 'test', 'val', but no train"),
        (["cat/1.png", "dog/1.png", "test/1.png"], r"'test' beside 'cat', 'dog': a part of the data or a class\? "),
        (["cat/a/1.png", "train/b/1.png"], r"'train' beside 'cat': a part of the data or a class\? For parts keep"),
        (["train/a/1.png", "val/a/1.png", "valid/a/1.png"], r"'val', 'valid' are both valid; put them into one folder"),
        (["Train/a/1.png", "train/a/1.png"], r"'Train', 'train' are both train"),
        (["train/1.png", "train/2.png"], r"here/train: expected class folders, found 2 pictures in no class folder "),
        (["train/a/1.png", "test/1.png"], r"here/test: expected class folders, found 1 .* move test away, or where .*"
         r"give here/test with pattern='\{label\}_\{\}\.jpg'"),
    ],
)  # fmt: skip
def test_what_is_open_is_an_error(files, message):
    with pytest.raises(DataError, match=message):
        parts(*files)
