import pytest

from foveal.data.clips.opening import damage_told, opened
from foveal.data.images.records import BadPicture, Place

from .made import av, film


def test_damage_within_is_told_with_the_name(tmp_path):
    path = film(tmp_path / "a.mp4")
    with pytest.raises(BadPicture, match=r"^a\.mp4: is damaged: Invalid data"), opened(Place(str(path), path.name)):
        raise av.error.InvalidDataError(1, "Invalid data found")


def test_a_lack_of_memory_is_no_damage():
    with pytest.raises(MemoryError), damage_told():
        raise MemoryError


def test_the_cover_of_a_piece_of_music_is_no_video(tmp_path):
    path = tmp_path / "a.mp4"
    with av.open(path, "w") as file:
        cover = file.add_stream("mjpeg", 1)
        cover.width = cover.height = 16
        cover.pix_fmt = "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        file.mux(cover.encode(av.VideoFrame(16, 16, "yuvj420p")))
        file.mux(cover.encode())
    with pytest.raises(BadPicture, match="has no stream of pictures"), opened(Place(str(path), path.name)):
        pass
