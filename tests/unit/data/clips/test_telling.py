import numpy as np
import pytest

from foveal.data.clips.rule import Windows
from foveal.data.clips.telling import tell_rates
from foveal.data.clips.timeline import Timeline
from foveal.data.images.records import Header, Place

ROW = "a row has 8 frames, 2 apart, the next begins 4 later"


@pytest.mark.parametrize(
    ("rates", "rate", "last"),
    [
        ((25, 25), None, f"2 videos of 25 frames a second; {ROW}, by number"),
        ((25, 50), None, "the rates of the videos differ: rate=25 would take the frames of all by time"),
        ((25, 50), 10.0, f"2 videos of 25 to 50 frames a second; {ROW}, by time, 10 a second"),
    ],
)
def test_rates_are_told(rates, rate, last):
    header, said = Header("mp4", 8, 8, 3, 8, "RGB"), []
    found = {
        Place(str(i), str(i)): Timeline(header, np.arange(20) / n, None, np.zeros(1, np.int64))
        for i, n in enumerate(rates)
    }
    tell_rates(found, Windows(8, 2, 4, rate), said.append)
    assert said[-1] == last
