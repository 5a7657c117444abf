"""The nuclei that install with a package."""

from importlib.util import find_spec

import numpy as np
import pytest

from foveal.core.errors import ResourceError
from foveal.data import nucleus_sets
from foveal.data.named import load_dataset
from foveal.data.nucleus_sets import nucleus_arrays

needs_stardist = pytest.mark.skipif(
    find_spec("stardist") is None, reason="the nuclei come with stardist: pip install --no-deps stardist"
)


@needs_stardist
def test_halves_do_not_overlap_and_make_the_picture():
    picture, numbers = nucleus_arrays("nuclei", "2d")
    data = load_dataset("nuclei")
    np.testing.assert_array_equal(np.concatenate([data.X_train[0], data.X_test[0]], axis=1), picture)
    assert len(np.unique(numbers)) - 1 == 125
    assert data.y_train.shape == data.X_train.shape == (1, 512, 256)
    assert np.unique(data.y_train).tolist() == [0, 1, 2]
    np.testing.assert_array_equal(data.y_test[0] > 0, numbers[:, 256:] > 0)


@needs_stardist
def test_the_volume():
    data = load_dataset("nuclei-volume")
    assert (data.X_train.shape, data.X_test.shape) == ((1, 31, 61, 28), (1, 31, 61, 29))
    assert data.layout == "NDHW"
    assert np.unique(data.y_train).tolist() == [0, 1]


def test_where_they_are_not_the_way_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(nucleus_sets, "find_spec", lambda name: None)
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path))
    with pytest.raises(ResourceError, match=r"pip install --no-deps stardist gets; or put img2d\.tif and mask2d\.tif"):
        load_dataset("nuclei")
