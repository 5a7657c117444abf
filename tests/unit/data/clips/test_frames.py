import numpy as np
import pytest

from foveal.data.clips.frames import FrameReader, frames_of
from foveal.data.clips.timeline import timeline_of
from foveal.data.images.reading.rule import make_rule
from foveal.data.images.reading.steps import applied
from foveal.data.images.records import BadPicture, Place

from .made import film, scene, turn

SAME = make_rule((48, 64), resize="squash")


def rows(path, rule=SAME, numbers=None):
    place = Place(str(path), path.name)
    timeline, reader = timeline_of(place), FrameReader(rule)
    wanted = range(len(timeline.times)) if numbers is None else numbers
    return np.array([reader.row(frame) for _, frame in frames_of(place, timeline, wanted)])


def error(found, wanted):
    return np.abs(found.astype(int) - wanted).mean()


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "most"),
    [
        ("a.mp4", "libx264", "yuv420p", 2),
        ("a.mp4", "libx264", "yuv444p", 2),
        ("a.avi", "mjpeg", "yuvj420p", 4),
        ("a.mp4", "libx265", "yuv420p10le", 2),
        ("a.mkv", "ffv1", "yuv422p", 1),
        ("a.mkv", "ffv1", "bgra", 0),
        ("a.mov", "prores_ks", "yuva444p10le", 1),
    ],
)
def test_frames_are_those_that_were_filmed(tmp_path, name, codec, pix_fmt, most):
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    assert error(rows(film(tmp_path / name, codec=codec, pix_fmt=pix_fmt, options=options)), scene()) <= most


def test_odd_sides(tmp_path):
    path = film(tmp_path / "a.mkv", scene(5, 47, 63), codec="ffv1")
    assert error(rows(path, make_rule((47, 63))), scene(5, 47, 63)) < 1


def test_a_video_is_turned_as_it_was_filmed(tmp_path):
    found = rows(turn(film(tmp_path / "a.mp4")), make_rule((64, 48)))
    assert error(found, np.rot90(scene(), -1, (1, 2))) < 2


def test_grey_becomes_colours_and_colours_grey(tmp_path):
    grey = film(tmp_path / "a.mkv", scene()[..., :1], codec="ffv1", pix_fmt="gray")
    assert (rows(grey) == scene()[..., :1]).all()
    luma = rows(film(tmp_path / "b.mkv", codec="ffv1", pix_fmt="yuv444p"), make_rule((48, 64), colour="L"))
    assert error(luma[..., 0], scene() @ (0.299, 0.587, 0.114)) < 1


def test_what_is_clear_shows_the_background(tmp_path):
    clear = np.concatenate([scene(3), np.zeros((3, 48, 64, 1), np.uint8)], axis=3)
    path = film(tmp_path / "a.mkv", clear, codec="ffv1", pix_fmt="bgra")
    assert (rows(path, make_rule((48, 64), background=[1, 2, 3])) == (1, 2, 3)).all()


@pytest.mark.parametrize("how", ["pad", "crop", "squash"])
@pytest.mark.parametrize("colour", ["RGB", "L"])
def test_the_short_way_gives_what_the_steps_of_a_picture_give(tmp_path, how, colour):
    path, rule = (
        film(tmp_path / "a.mkv", codec="ffv1", pix_fmt="yuv444p"),
        make_rule((24, 20), resize=how, colour=colour),
    )
    place = Place(str(path), path.name)
    reader, (_, frame) = FrameReader(rule), next(frames_of(place, timeline_of(place), [3]))
    short, long = reader.row(frame), applied(reader._pixels(frame), rule)
    assert short.shape == long.shape
    assert np.abs(short.astype(int) - long).max() <= 4
    assert error(short, long) < 1


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_some_frames_are_those_of_all(tmp_path, name):
    path = film(tmp_path / name, scene(40), gop=7)
    whole = rows(path)
    for numbers in ([0], [13], [14, 15, 39], list(range(3, 40, 5))):
        assert (rows(path, numbers=numbers) == whole[numbers]).all()


def test_a_damaged_frame_is_told_with_its_number_and_time(tmp_path):
    path = film(tmp_path / "a.ts")
    content = bytearray(path.read_bytes())
    for place in np.random.default_rng(0).integers(len(content) // 3, len(content) * 2 // 3, 200):
        content[place] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(BadPicture, match=r"is damaged.*, at frame \d+ of \d+, \d\.\d\d s"):
        rows(path)
