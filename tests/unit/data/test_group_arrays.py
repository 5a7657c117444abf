"""Groups of rows beside X and y, in an .npz file and in a folder of .npy files."""

import numpy as np
import pytest

from foveal.core.errors import FovealError
from foveal.data.named import load_dataset


@pytest.fixture
def arrays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X, y = np.zeros((4, 8, 8)), np.arange(4) % 2
    np.savez("a.npz", X=X, y=y, patient=np.array(list("abca")), two=y[:2])
    for name, array in {"X": X, "y": y, "patient": y + 5}.items():
        np.save(f"{name}.npy", array)


def test_they_are_read_where_they_are_named(arrays):
    assert load_dataset("a.npz").groups is None
    assert load_dataset("a.npz", {"group": "patient"}).groups.tolist() == list("abca")
    assert load_dataset(".", {"group": "patient"}).groups.tolist() == [5, 6, 5, 6]


@pytest.mark.parametrize(
    ("source", "group", "code", "message"),
    [
        ("a.npz", "patients", 3, r"a.npz: group='patients' is no key of it; found .*; did you mean 'patient'\?"),
        ("a.npz", "two", 3, r"group='two' must hold the group of each row to learn from, \(4,\), got shape \(2,\)"),
        (
            ".",
            "patience",
            3,
            r"\.: group='patience' needs a file patience.npy, and there is none; did you mean 'patient'",
        ),
        ("digits", "patient", 2, "group= names a column of a table, a key of an .npz file or an .npy file of a folder"),
    ],
)
def test_what_is_not_there_is_an_error(arrays, source, group, code, message):
    with pytest.raises(FovealError, match=message) as caught:
        load_dataset(source, {"group": group})
    assert caught.value.exit_code == code
