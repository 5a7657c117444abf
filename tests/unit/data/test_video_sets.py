import pytest

from foveal.core.errors import ParameterError
from foveal.data.images.progress import SILENT
from foveal.data.picture_sets import pictures_dataset
from foveal.data.video_sets import is_of_videos


def touch(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return str(root)


def test_folders_are_told_by_their_first_file(tmp_path):
    assert is_of_videos(touch(tmp_path / "v", "a/notes.txt", "b/1.mp4"))
    assert not is_of_videos(touch(tmp_path / "p", "a/1.png", "b/1.mp4"))
    assert not is_of_videos(touch(tmp_path / "n", "a/notes.txt"))
    assert is_of_videos(touch(tmp_path / "h", ".x/1.png", "b/1.mp4"))


def test_tables_are_told_by_their_first_path(tmp_path):
    for name, path in (("v", "1.mp4"), ("p", "1.png")):
        (tmp_path / f"{name}.csv").write_text(f"path,label\n{path},a\n")
    (tmp_path / "odd.csv").write_text("\0")
    assert [is_of_videos(str(tmp_path / f"{name}.csv")) for name in ("v", "p", "odd", "none")] == [True] + [False] * 3
    assert not is_of_videos(str(tmp_path / "none.mp4"))


def test_what_is_said_of_videos_does_not_go_with_pictures(tmp_path):
    with pytest.raises(ParameterError, match=r"clip_frames= says how videos are read, and .* holds none; leave it out"):
        pictures_dataset(touch(tmp_path, "a/1.png"), {"clip_frames": 8}, SILENT)
