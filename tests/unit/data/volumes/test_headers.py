import numpy as np
import pytest

from foveal.core.errors import DataError
from foveal.data.images.progress import SILENT
from foveal.data.images.records import Bad
from foveal.data.volumes.headers import read_stored, remarks, unsuited, without
from foveal.data.volumes.listing import list_volumes
from foveal.data.volumes.rule import make_volume_rule


@pytest.fixture
def listing(tmp_path):
    for depth in (2, 3):
        np.save(tmp_path / f"{depth}.npy", np.zeros((depth, 4, 5)))
    np.save(tmp_path / "four.npy", np.zeros((2, 4, 5, 3)))
    (tmp_path / "bad.npy").write_bytes(b"")
    return list_volumes(tmp_path, labelled=False)


def test_bad_ones_are_listed_with_the_reason(listing):
    headers, bad = read_stored(listing, SILENT)
    assert [header is None for header in headers] == [False, False, True, False]
    assert [one.place.name for one in bad] == ["bad.npy"]
    assert remarks(headers) == ["3 x says nothing of distances: 1 mm is taken for all"]
    rule = make_volume_rule(channels=1, size=(2, 4, 5))
    assert [one.place.name for one in unsuited(listing, headers, rule, set())] == ["four.npy"]
    assert [place.name for place in without(listing, bad).places] == ["2.npy", "3.npy", "four.npy"]
    assert without(listing, []) is listing
    with pytest.raises(DataError, match="no file is a volume"):
        without(listing, [Bad(place, "") for place in listing.places])
