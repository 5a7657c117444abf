import numpy as np
import pytest

from foveal.core.errors import DataError
from foveal.data.volumes.infer import infer_volume_rule
from foveal.data.volumes.stored import Stored, plain


def stored(shape, distances=(1.0, 1.0, 1.0), channels=1, oriented=True, dropped=None):
    return Stored("npy", shape, channels, plain(distances), oriented, dropped, lambda: np.zeros((*shape, channels)))


def test_the_size_of_all_or_the_median():
    rule, said = infer_volume_rule([stored((8, 9, 10))] * 2)
    assert rule[3] == {"step": "size", "to": [8, 9, 10], "channels": 1, "fill": 0.0}
    assert said == ["size=(8, 9, 10): that of all"]
    rule, said = infer_volume_rule([stored((8, 9, 10)), stored((10, 9, 500)), stored((12, 9, 400))])
    assert rule[3]["to"] == [10, 9, 128]
    assert said == ["size=(10, 9, 128): the median of each axis, at most 128"]
    assert infer_volume_rule([stored((8, 9, 1), dropped=2)])[0][3]["to"] == [8, 9]


def test_with_distances_the_size_is_that_on_their_grid():
    rule, _ = infer_volume_rule([stored((8, 9, 10), (2.0, 1.0, 1.0))], spacing=(1, 1, 2))
    assert rule[3]["to"] == [16, 9, 5]
    assert infer_volume_rule([stored((8, 9, 10))], varying=True)[0][3]["to"] is None


def test_what_differs_is_told():
    _, said = infer_volume_rule([stored((8, 8, 8)), stored((8, 8, 8), (3.0, 1.0, 1.0), oriented=False)], size=(8, 8, 8))
    assert said == [
        "1 of 2 volumes know no directions: their axes stay as they are in the file",
        "distances of voxels differ (1 to 1, 1 to 1, 1 to 3 mm): spacing=(...) puts all on one grid",
    ]
    with pytest.raises(DataError, match="the volumes differ: 1 and 3 channels"):
        infer_volume_rule([stored((8, 8, 8)), stored((8, 8, 8), channels=3)])
    with pytest.raises(DataError, match="slices and volumes"):
        infer_volume_rule([stored((8, 8, 8)), stored((8, 8, 1), dropped=2)])
