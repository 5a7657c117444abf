import errno

import numpy as np
import pytest

from foveal.data.clips.pool import EachTime, Frames, decoded
from foveal.data.clips.timeline import timeline_of
from foveal.data.images.reading.rule import make_rule
from foveal.data.images.records import BadPicture, Place

from .made import film, scene

RULE = make_rule((12, 16))


@pytest.fixture
def frames(tmp_path):
    paths = [film(tmp_path / f"{i}.mp4", scene(40, seed=5 * i)) for i in range(3)]
    places = [Place(str(path), path.name) for path in paths]
    return Frames(
        places, [timeline_of(place) for place in places], np.repeat(np.arange(3), 40), np.tile(np.arange(40), 3)
    )


def all_of(frames, rows=None):
    out = np.zeros((len(frames), 12, 16, 3), np.uint8)
    some = decoded(frames, RULE, range(len(frames)) if rows is None else rows, out.__setitem__)
    return out, [outcome for outcomes in some for outcome in outcomes]


def test_every_row_is_decoded_once(frames):
    out, outcomes = all_of(frames)
    assert sorted(outcome.row for outcome in outcomes) == list(range(120))
    assert not any(outcome.reason for outcome in outcomes)
    assert frames[45].name == "1.mp4"
    assert (out[0] != out[40]).any()


def test_some_rows_are_those_of_all(frames):
    whole = all_of(frames)[0]
    rows = [3, 17, 41, 119]
    assert (all_of(frames, rows)[0][rows] == whole[rows]).all()
    each = EachTime(frames, RULE, (12, 16, 3))
    assert (each[np.array(rows)] == whole[rows]).all()
    assert (each[7] == whole[7]).all()
    assert each.shape == (120, 12, 16, 3)


def test_a_broken_video_says_so_for_its_rows_and_no_others(frames):
    path = frames.videos[1].path
    with open(path, "rb+") as file:  # noqa: PTH123
        file.truncate(800)
    outcomes = all_of(frames)[1]
    assert {outcome.row for outcome in outcomes if outcome.reason} == set(range(40, 80))
    with pytest.raises(BadPicture, match=r"1\.mp4: is damaged.*; mend it, or leave it out"):
        EachTime(frames, RULE, (12, 16, 3))[np.array([50])]


def test_a_full_disk_is_raised(frames):
    def write(row, pixels):
        if row == 50:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        list(decoded(frames, RULE, range(120), write))


def test_one_who_leaves_waits_for_nothing_more(frames):
    written = []
    some = decoded(frames, RULE, range(120), lambda row, pixels: written.append(row))
    next(some)
    some.close()
    assert len(written) < 120
