import pytest

from foveal.core.errors import DataError
from foveal.data.clips.pixel_formats import header_of, mode_of

from .made import av


@pytest.mark.parametrize(
    ("format", "mode"),
    [("yuv420p", "RGB"), ("gray10le", "L"), ("yuva420p", "RGBA"), ("pal8", "RGBA"), ("bgr24", "RGB"), ("nv12", "RGB")],
)
def test_modes(format, mode):
    assert mode_of(av.VideoFormat(format)) == mode


def test_frames_that_are_too_large_are_refused():
    class Huge:
        width, height = 40_000, 40_000

    with pytest.raises(DataError, match="at most"):
        header_of(Huge, "mp4")
