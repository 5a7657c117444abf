import numpy as np
import pytest

from foveal.core.errors import DataError, ParameterError
from foveal.data.named import load_dataset

from .planted import of_arrays, opened


def test_pictures_signals_and_tables_leave_what_their_checks_need():
    y = np.repeat([0, 1], 5)
    pictures = of_arrays(np.random.default_rng(0).normal(size=(10, 12, 12)), y)
    assert pictures.traits.pictures
    assert pictures.look(0).pixels.dtype == np.uint8
    signals = of_arrays(np.random.default_rng(0).normal(size=(10, 3, 50)), y, layout="NCL")
    assert (signals.traits.small.values, signals.traits.means.shape) == (150, (10, 3))
    assert signals.look(0).signal.shape == (50,)
    table = of_arrays(np.arange(40.0).reshape(10, 4), y)
    assert table.channels == ("column 0", "column 1", "column 2", "column 3")
    assert table.traits.means[2].tolist() == [8, 9, 10, 11]


def test_rows_of_several_lengths_are_told_apart_by_digests_alone():
    from foveal.data.images.progress import SILENT
    from foveal.doctor.arrays import subject_of_arrays

    subject = subject_of_arrays("japanese-vowels", load_dataset("japanese-vowels"), None, SILENT)
    assert subject.traits.small is None
    assert len(np.unique(subject.traits.digests, axis=0)) == len(subject)
    assert "values of shape" in subject.look(0).text


def test_groups_are_read_beside_each_part(tmp_path):
    arrays = {"X": np.zeros((3, 6, 6)), "y": [0, 1, 0], "X_test": np.zeros((2, 6, 6)), "y_test": [0, 1]}
    np.savez(tmp_path / "a.npz", who=["a", "b", "b"], who_test=["c", "a"], alone=["a", "b", "b"], **arrays)
    assert opened(tmp_path / "a.npz", group="who").groups.tolist() == ["a", "b", "b", "c", "a"]
    with pytest.raises(DataError, match="alone_test"):
        opened(tmp_path / "a.npz", group="alone")


def test_a_named_set_has_no_groups_beside_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParameterError, match="digits is neither"):
        opened("digits", group="who")
