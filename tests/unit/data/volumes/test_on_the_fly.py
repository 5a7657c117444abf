import numpy as np
import pytest

from foveal.core.errors import DataError
from foveal.data.images.records import Place
from foveal.data.volumes.on_the_fly import VolumesOnTheFly, read_row
from foveal.data.volumes.open import open_volume
from foveal.data.volumes.rule import make_volume_rule

RULE = make_volume_rule(channels=1, size=(2, 3, 4))


@pytest.fixture
def places(tmp_path):
    for n in range(3):
        np.save(tmp_path / f"{n}.npy", np.full((2, 3, 4), n))
    return [Place(str(tmp_path / f"{n}.npy"), f"{n}.npy") for n in range(3)]


def test_it_is_read_like_an_array(places):
    X = VolumesOnTheFly(places, RULE)
    assert (X.shape, X.ndim, len(X), X.dtype) == ((3, 2, 3, 4, 1), 5, 3, np.float32)
    assert X[1].max() == 1
    assert X[[2, 0]][:, 0, 0, 0, 0].tolist() == [2, 0]
    assert X[1:].shape == (2, 2, 3, 4, 1)
    assert X[np.array([True, False, False])].max() == 0


def test_an_opened_volume_is_read_by_the_rule_too(places):
    scan = open_volume(places[2].path)
    np.testing.assert_array_equal(read_row(scan, RULE), read_row(places[2], RULE))
    flat = make_volume_rule(channels=1, size=(3, 4))
    np.save(places[0].path, np.arange(12).reshape(3, 4))
    np.testing.assert_array_equal(read_row(open_volume(places[0].path), flat), read_row(places[0], flat))


def test_what_is_no_longer_there_is_named(places):
    X = VolumesOnTheFly([*places, Place("/nowhere/a.npy", "a.npy")], RULE)
    with pytest.raises(DataError, match=r"a\.npy is no file or folder; mend it, or leave it out"):
        X[3]
    with pytest.raises(DataError, match="give size="):
        VolumesOnTheFly(places, make_volume_rule(channels=1))
