"""Names of classes that stand in an .npz file or a folder of .npy files."""

import numpy as np
import pytest

from foveal.core.errors import DataError
from foveal.data.folders import read_folder
from foveal.data.named import load_dataset
from foveal.data.npz import read_npz

X, Y = np.zeros((4, 3, 3), np.uint8), np.array([0, 2, 1, 0])
NAMES = np.array(["cat", "dog", "eel"])


def test_an_npz_and_a_folder_hold_them(tmp_path):
    np.savez(tmp_path / "pets.npz", X=X, y=Y, X_test=X, y_test=Y, class_names=NAMES)
    assert load_dataset(str(tmp_path / "pets.npz")).class_names == ("cat", "dog", "eel")
    for name, array in {"X": X, "y": Y, "class_names": NAMES}.items():
        np.save(tmp_path / f"{name}.npy", array)
    assert read_folder(tmp_path).class_names == ("cat", "dog", "eel")


@pytest.mark.parametrize(
    ("y", "names"),
    [
        (Y, ("cat", "dog", "eel")),
        (Y.astype(np.uint8), ("cat", "dog", "eel")),
        (np.array([[0, 1, 0]] * 4), ("cat", "dog", "eel")),
        (NAMES[Y], None),
        (Y / 2, None),
    ],
)
def test_they_are_of_classes_and_columns(tmp_path, y, names):
    np.savez(tmp_path / "a.npz", X=X, y=y, class_names=NAMES)
    assert read_npz(tmp_path / "a.npz").class_names == names


@pytest.mark.parametrize(
    ("names", "y", "message"),
    [
        (NAMES[:2], Y, r"class_names names the classes 0 to 1, and y holds \[2\]; number the classes from 0"),
        (NAMES, Y + 1, r"names the classes 0 to 2, and y holds \[3\]"),
        (NAMES, np.array([[0, 1]] * 4), "class_names has 3 names, and y 2 columns; give each column a name"),
        (np.array([["cat"]]), Y, r"\(K,\) strings, got <U3 of shape \(1, 1\)"),
        (np.arange(3), Y, r"\(K,\) strings, got int64 of shape \(3,\)"),
        (np.array(["cat", "dog", "cat"]), Y, "class_names has 'cat' for two classes; give one of them another name"),
        (np.array(["cat", None, "eel"]), Y, "class_names holds Python objects, which are never loaded"),
    ],
)
def test_a_class_without_a_name_of_its_own_is_an_error(tmp_path, names, y, message):
    np.savez(tmp_path / "a.npz", X=X, y=y, class_names=names)
    with pytest.raises(DataError, match=message):
        read_npz(tmp_path / "a.npz")
