import pytest

from foveal.core.errors import DataError, DataTypeError, ParameterError
from foveal.data.clips.listing import list_videos


def touch(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def test_folders_are_classes_and_parts(tmp_path):
    touch(tmp_path, "train/up/1.mp4", "train/down/2.MOV", "test/up/3.mkv", "train/up/notes.txt")
    told = []
    listing = list_videos(tmp_path, told=told.append)
    assert listing.class_names == ("down", "up")
    assert [place.name for place in listing.places] == ["train/down/2.MOV", "train/up/1.mp4", "test/up/3.mkv"]
    assert listing.split.tolist() == ["train", "train", "test"]
    assert "3 videos of 2 classes" in told[0]
    assert "1 file without a video's ending" in told[1]


def test_a_table_with_seconds_has_a_file_several_times(tmp_path):
    touch(tmp_path, "a.mp4")
    table = tmp_path / "t.csv"
    table.write_text("video,label,start,stop\na.mp4,up,0,1.5\na.mp4,down,1.5,\na.mp4,up,0,1.5\n")
    told = []
    listing = list_videos(table, told=told.append)
    assert [place.name for place in listing.places] == ["a.mp4", "a.mp4"]
    assert str(listing.spans.tolist()) == "[[0.0, 1.5], [1.5, nan]]"
    assert "seconds from 'start', 'stop'" in told[0]
    assert "left out 1 row that name a file again" in told[1]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("a.mp4,up,0,1\na.mp4,down,0,1\n", "stands in line 2 with another label"),
        ("a.mp4,up,-1,1\n", "start is '-1', no time in seconds"),
        ("a.mp4,up,0,soon\n", "stop is 'soon', no time in seconds"),
    ],
)
def test_wrong_rows_are_told(tmp_path, rows, told):
    table = touch(tmp_path, "a.mp4") / "t.csv"
    table.write_text("path,label,start,stop\n" + rows)
    with pytest.raises(DataError, match=told):
        list_videos(table)


def test_lists_have_labels_or_a_pattern(tmp_path):
    touch(tmp_path, "up_1.mp4", "down_2.mp4")
    names = ["up_1.mp4", "down_2.mp4"]
    assert list_videos(names, y=["u", "d"], root=tmp_path).y.tolist() == [1, 0]
    assert list_videos(names, pattern="{label}_{}.mp4", root=tmp_path).class_names == ("down", "up")
    assert list_videos(str(tmp_path / "up_1.mp4"), labelled=False).y is None
    with pytest.raises(DataError, match="a list of files has no labels; give y="):
        list_videos(names, root=tmp_path)


def test_what_does_not_go_together_is_told(tmp_path):
    touch(tmp_path, "up/1.mp4")
    with pytest.raises(ParameterError, match="start= does not go with a folder"):
        list_videos(tmp_path, start="begin")
    with pytest.raises(DataTypeError, match="videos come as a folder, a table or a list"):
        list_videos(3)
    with pytest.raises(DataError, match="there is no such folder or file; did you mean 'up'"):
        list_videos(tmp_path / "ups")
    with pytest.raises(DataError, match=r"class 'a' has no video: .*, no file with a video's ending"):
        list_videos(touch(tmp_path / "other", "a/1.png"))
