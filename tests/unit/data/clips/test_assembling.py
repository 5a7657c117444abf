import numpy as np

from foveal import open_clips

from .made import film, scene


def test_groups_of_a_table_and_copies_are_joined(tmp_path):
    for number in range(4):
        film(tmp_path / f"{number}.mp4", scene(20, seed=9 * (number % 3)))  # 0 and 3 are the same
    table = tmp_path / "t.csv"
    table.write_text("path,label,group\n" + "".join(f"{i}.mp4,{'ab'[i % 2]},{min(i, 1)}\n" for i in range(4)))
    clips = open_clips(table, clip_frames=4, size=8)
    assert len(np.unique(clips.groups)) == 1  # 1, 2 and 3 are of one group, and 0 is a copy of 3


def test_targets_and_several_labels_stay_numbers(tmp_path):
    film(tmp_path / "a.mp4", scene(20))
    table = tmp_path / "t.csv"
    table.write_text("path,speed,up,down\na.mp4,1.5,1,0\n")
    assert open_clips(table, clip_frames=4, size=8, target="speed").y.tolist() == [1.5, 1.5]
    several = open_clips(table, clip_frames=4, size=8, labels=["up", "down"])
    assert several.y.tolist() == [[1, 0], [1, 0]]
    assert several.class_names == ("up", "down")


def test_the_colour_is_chosen_from_what_is_learnt_from(tmp_path):
    grey = scene(20)[..., :1]
    for name, frames in (("train/a", grey), ("train/b", grey), ("test/a", scene(20)), ("test/b", scene(20))):
        film(tmp_path / name / "1.mkv", frames, codec="ffv1", pix_fmt="gray" if frames is grey else "yuv444p")
    assert open_clips(tmp_path, clip_frames=4, size=8).shape == (8, 4, 8, 8, 1)
