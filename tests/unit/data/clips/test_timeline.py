import numpy as np
import pytest

from foveal.data.clips.timeline import scan_videos, timeline_of
from foveal.data.images.records import BadPicture, Place

from .made import av, film, scene, sound, turn


def place(path):
    return Place(str(path), path.name)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("a.mp4", {}),
        ("a.mkv", {}),
        ("a.ts", {}),
        ("a.avi", {"codec": "mpeg4"}),
        ("a.webm", {"codec": "libvpx", "options": {"auto-alt-ref": "1", "lag-in-frames": "16"}}),
        ("b.webm", {"codec": "libvpx-vp9"}),
        ("a.mpg", {"codec": "mpeg2video"}),
    ],
)
def test_all_frames_are_found_at_their_times(tmp_path, name, how):
    found = timeline_of(place(film(tmp_path / name, **how)))
    assert np.allclose(found.times, np.arange(30) / 25, atol=1e-3)
    assert found.keys[0] == 0
    assert (found.header.width, found.header.height, found.header.mode) == (64, 48, "RGB")


def test_uneven_times_are_kept(tmp_path):
    times = np.cumsum([0, *([20] * 4 + [100]) * 5])
    found = timeline_of(place(film(tmp_path / "a.mkv", scene(26), times=times)))
    assert np.allclose(found.times * 1000, times)


def test_a_turned_video_has_the_sides_that_are_seen(tmp_path):
    found = timeline_of(place(turn(film(tmp_path / "a.mp4")))).header
    assert (found.width, found.height) == (48, 64)


def test_grey_and_opacity_are_told(tmp_path):
    grey = film(tmp_path / "a.mkv", codec="ffv1", pix_fmt="gray")
    clear = film(tmp_path / "b.mkv", codec="ffv1", pix_fmt="bgra")
    assert [timeline_of(place(path)).header.mode for path in (grey, clear)] == ["L", "RGBA"]


def cut_off(path):
    """Give the beginning of a video whose table of frames stands before them."""
    with av.open(path, "w", options={"movflags": "faststart"}) as file:
        stream = file.add_stream("libx264", 25, width=64, height=48, pix_fmt="yuv420p")
        for values in scene():
            file.mux(stream.encode(av.VideoFrame.from_ndarray(values, "rgb24")))
        file.mux(stream.encode())
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 7 // 10])
    return path


def half(path):
    content = film(path).read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (cut_off, "is cut off: it promises 30 frames, and has"),
        (half, "is damaged: Invalid data"),
        (sound, "has sound only, no pictures"),
        (lambda path: path.write_text("hello\n" * 99) and path, "is no video of a known format"),
        (lambda path: path, "is not there"),
        (lambda path: path.mkdir() or path, "cannot be read"),
    ],
)
def test_a_bad_file_is_told(tmp_path, make, told):
    with pytest.raises(BadPicture, match=rf"a\.mp4: {told}"):
        timeline_of(place(make(tmp_path / "a.mp4")))


def test_bad_ones_are_listed_beside_the_others(tmp_path):
    places = [place(film(tmp_path / "a.mp4")), place(sound(tmp_path / "b.mp4"))]
    told = []
    found, bad = scan_videos(places, lambda done, wrong: told.append((done, wrong)))
    assert found[1] is None
    assert len(found[0].times) == 30
    assert [wrong.place.name for wrong in bad] == ["b.mp4"]
    assert told[-1] == (1, 1)
