import pytest

from foveal.core.errors import DataError
from foveal.data.clips.sort import VIDEOS
from foveal.data.images.records import Bad, Place
from foveal.data.images.refusing import refuse
from foveal.data.volumes.listing import VOLUMES


def test_bad_files_are_listed_by_their_sort():
    bad = [Bad(Place(f"/{i}.mp4", f"{i}.mp4"), "is empty: 0 bytes") for i in range(60)]
    with pytest.raises(
        DataError, match=r"60 of 99 files are no videos that can be cut; .*\n  0\.mp4: is[^$]*and 10 more"
    ):
        refuse(bad, 99, "stop", print, VIDEOS, "cut")


def test_none_is_nothing():
    refuse([], 99, "stop", print)


def test_the_sort_of_file_is_named_by_its_word():
    said = []
    refuse([Bad(Place("/0", "0.nii"), "is odd")], 100, "skip", said.append, VOLUMES)
    assert said == ["1 of 100 files is no volume that can be read, and left out:\n  0.nii: is odd"]
