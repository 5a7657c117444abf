import pytest

from foveal.data.clips.sort import VIDEOS, container_of
from foveal.data.images.records import BadPicture


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (b"", "is empty: 0 bytes"),
        (bytes(512), "holds zeros only"),
        (b"\x89PNG\r\n\x1a\n", r"is a picture \(PNG\)"),
        (bytes(4) + b"ftypavif", r"is a picture \(AVIF\)"),
        (b"#EXTM3U\nhttp://localhost/1.ts", "no video of a known format"),
        (b"ffconcat version 1.0\nfile /etc/hosts", "no video of a known format"),
    ],
)
def test_what_is_no_video_is_told(head, told):
    with pytest.raises(BadPicture, match=told):
        container_of(head)


def test_transport_streams_are_told_by_two_packets():
    packet = b"G" + bytes(187)
    assert container_of(packet * 2) == container_of(bytes(4) + packet + bytes(4) + packet) == "mpegts"


def test_names():
    assert VIDEOS.has("a/B.MP4")
    assert not VIDEOS.has("a.png")
