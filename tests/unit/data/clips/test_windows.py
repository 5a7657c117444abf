import numpy as np
import pytest

from foveal.data.clips.rule import Windows
from foveal.data.clips.timeline import Timeline
from foveal.data.clips.windows import cut, frames_shown, unevenness
from foveal.data.images.records import Header


def timeline(times):
    return Timeline(Header("mp4", 8, 8, 3, 8, "RGB"), np.asarray(times, float), None, np.zeros(1, np.int64))


EVEN = timeline(np.arange(50) / 25)


@pytest.mark.parametrize("windows", [Windows(4, 2, 8), Windows(4, 2, 3), Windows(1, 1, 1), Windows(16, 3, 48)])
def test_rows_are_those_of_the_formula(windows):
    found = cut(EVEN, windows)
    wanted = [[i * windows.stride + j * windows.every for j in range(windows.frames)] for i in range(50)]
    assert found.numbers.tolist() == [row for row in wanted if row[-1] < 50]
    assert np.allclose(found.stops - found.starts, windows.span / 25)


def test_a_video_that_is_too_short_has_no_row():
    assert cut(EVEN, Windows(26, 2, 1)).numbers.shape == (0, 26)
    assert len(cut(EVEN, Windows(25, 2, 1)).numbers) == 2


def test_by_time_each_frame_is_the_one_that_is_shown():
    times = np.cumsum([0, *np.random.default_rng(0).integers(10, 200, 200)]) / 1000
    found = frames_shown(timeline(times), 10.0, (np.nan, np.nan))
    for tick, number in enumerate(found[:-1].tolist()):
        assert times[number] <= tick / 10 + 1e-3
        assert times[number + 1] > tick / 10


def test_by_time_another_rate_gives_the_same_moments():
    fast, slow = timeline(np.arange(100) / 50), timeline(np.arange(50) / 25)
    rows = [cut(one, Windows(5, 1, 5, rate=5.0)) for one in (fast, slow)]
    assert np.allclose(rows[0].starts, rows[1].starts)
    assert (rows[0].numbers == 2 * rows[1].numbers).all()


def test_a_span_has_the_frames_between_its_seconds():
    assert frames_shown(EVEN, None, (0.4, 0.8)).tolist() == list(range(10, 20))
    assert frames_shown(EVEN, None, (1.8, np.nan)).tolist() == list(range(45, 50))
    assert frames_shown(EVEN, None, (5.0, 9.0)).tolist() == []
    assert frames_shown(EVEN, 5.0, (0.4, 1.0)).tolist() == [10, 15, 20]
    assert frames_shown(EVEN, 5.0, (5.0, 9.0)).tolist() == []


def test_unevenness_of_one_frame_is_none():
    assert unevenness(timeline([0.0])) == 1.0
