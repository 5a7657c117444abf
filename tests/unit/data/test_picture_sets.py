import numpy as np
import pytest

from foveal.core.errors import DataError
from foveal.data.file_sets import dataset_of_files
from foveal.data.images.progress import SILENT
from foveal.data.picture_sets import is_of_pictures

from .images.drawn import classes, draw


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path_factory.mktemp("cache")))


def test_what_may_be_pictures(tmp_path):
    assert is_of_pictures(str(tmp_path))
    assert is_of_pictures("table.CSV")
    assert is_of_pictures("there/is/none")
    assert is_of_pictures("pets/")
    assert not is_of_pictures("digits")


def test_a_folder_of_classes_is_all_to_learn_from(tmp_path):
    data = dataset_of_files(str(classes(tmp_path / "pets")), "pictures", {}, SILENT)
    assert (data.name, data.X_train.shape, data.X_test, data.X_valid) == ("pets", (8, 4, 4, 3), None, None)
    assert data.y_train.tolist() == ["cat"] * 4 + ["dog"] * 4
    assert data.class_names is None


def test_parts_are_those_of_the_folder(tmp_path):
    for part, each in (("train", 3), ("val", 1), ("test", 2)):
        classes(tmp_path / part, each)
    data = dataset_of_files(str(tmp_path), "pictures", {"size": 2}, SILENT)
    assert [len(X) for X in (data.X_train, data.X_valid, data.X_test)] == [6, 2, 4]
    assert data.X_train.shape[1:] == (2, 2, 3)
    assert [list(y) for y in (data.y_valid, data.y_test)] == [["cat", "dog"], ["cat", "cat", "dog", "dog"]]


def test_several_labels_keep_their_names(tmp_path):
    for i in range(4):
        draw(tmp_path / f"{i}.png", i)
    table = "path,labels\n" + "".join(f"{i}.png,{'a|b' if i % 2 else 'b'}\n" for i in range(4))
    (tmp_path / "t.csv").write_text(table)
    data = dataset_of_files(str(tmp_path / "t.csv"), "pictures", {"labels": "labels"}, SILENT)
    assert data.class_names == ("a", "b")
    np.testing.assert_array_equal(data.y_train, [[0, 1], [1, 1]] * 2)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(DataError, match="nowhere"):
        dataset_of_files(str(tmp_path / "nowhere"), "pictures", {}, SILENT)
