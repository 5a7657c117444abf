"""Videos that are made for tests: a square that moves over a slope, by any encoder that PyAV has."""

from fractions import Fraction

import numpy as np
import pytest

av = pytest.importorskip("av")

#: Two turns of 90 degrees in the matrix of a track, ISO 14496-12, 8.3.2, as phones write it.
_UPRIGHT = b"".join(v.to_bytes(4, "big", signed=True) for v in (65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30))
_TURNED = b"".join(v.to_bytes(4, "big", signed=True) for v in (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30))


def scene(count=30, height=48, width=64, seed=0):
    """Give frames (T, H, W, 3): a slope, a bright square that goes right, and a corner that is red."""
    slope = np.linspace(40, 160, width)[None, :, None] * np.ones((height, 1, 3))
    frames = np.repeat(slope[None], count, axis=0)
    frames[:, : height // 4, : width // 4] = (200, 40, 40)
    for time in range(count):
        left = (seed + 2 * time) % (width - 10)
        frames[time, height // 2 : height // 2 + 10, left : left + 10] = 230
    return frames.astype(np.uint8)


def film(path, frames=None, *, codec="libx264", pix_fmt="yuv420p", rate=25, times=None, options=None, gop=10):
    """Write frames as a video; `times` are those of its frames in milliseconds, where they are not even."""
    frames = scene() if frames is None else frames
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(path, "w") as file:
        height, width = frames.shape[1:3]
        stream = file.add_stream(codec, rate, width=width, height=height, pix_fmt=pix_fmt, options=options or {})
        stream.gop_size = gop
        if times is not None:
            stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        for number, values in enumerate(frames):
            kinds = {1: "gray", 3: "rgb24", 4: "rgba"}
            frame = av.VideoFrame.from_ndarray(
                values.squeeze() if values.shape[2] == 1 else values, kinds[values.shape[2]]
            )
            frame = frame.reformat(format=pix_fmt)
            if times is not None:
                frame.pts, frame.time_base = int(times[number]), Fraction(1, 1000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


def sound(path):
    """Write a piece of sound, and no picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(path, "w") as file:
        stream = file.add_stream("aac", 44100, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), "fltp", "mono")
        frame.sample_rate = 44100
        file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


def turn(path):
    """Say in a video's header that the camera was held upright: it is to be turned by 90 degrees."""
    content = path.read_bytes()
    place = content.index(b"tkhd")
    place = content.index(_UPRIGHT, place)
    path.write_bytes(content[:place] + _TURNED + content[place + len(_TURNED) :])
    return path
