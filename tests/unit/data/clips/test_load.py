import sys

import numpy as np
import pytest
import torch

from foveal import CNNClassifier, open_clips
from foveal.core.errors import DataError, ParameterError, ResourceError
from foveal.data.clips import pool
from foveal.data.images.progress import Progress

from .made import film, scene, sound


@pytest.fixture
def folder(tmp_path):
    for name, step in (("right", 1), ("left", -1)):
        for number in range(3):
            film(tmp_path / "clips" / name / f"{number}.mp4", scene(40, seed=7 * number)[::step])
    return tmp_path / "clips"


def opened(folder, said=None, **how):
    progress = Progress((said if said is not None else []).append, lambda *counts: None)
    return open_clips(folder, **{"clip_frames": 8, "every": 2, "size": 24, **how}, progress=progress)


def test_rows_are_windows_of_the_frames(folder):
    said = []
    clips = opened(folder, said)
    assert clips.shape == (12, 8, 24, 24, 3)
    assert clips.form[0].shape == (3, 8, 24, 24)
    assert clips.files[:3].tolist() == ["left/0.mp4", "left/0.mp4", "left/1.mp4"]
    assert clips.starts[:2].tolist() == [0.0, 0.64]
    assert clips.y[0] == "left"
    assert "6 videos of 25 frames a second; a row has 8 frames, 2 apart, the next begins 16 later, by number" in said
    single = opened(folder, clip_frames=1, every=1)
    assert (clips[1] == single[np.arange(16, 32, 2)][:, 0]).all()


def test_windows_of_a_video_are_of_one_group_and_copies_too(folder):
    (folder / "left" / "copy.mp4").write_bytes((folder / "left" / "0.mp4").read_bytes())
    clips = opened(folder)
    groups = {name: set(clips.groups[clips.files == name]) for name in clips.files}
    assert groups["left/0.mp4"] == groups["left/copy.mp4"]
    assert len(set.union(*groups.values())) == 6
    assert clips.about["duplicates"] == 1


def test_frames_are_decoded_once(folder, monkeypatch):
    first = opened(folder)[:]
    monkeypatch.setattr(pool, "frames_of", None)
    said = []
    assert (opened(folder, said)[:] == first).all()
    assert any("from before" in sentence for sentence in said)
    differences = opened(folder, difference=True)  # of the same frames
    assert differences.shape[1] == 7


def test_ways_of_keeping_give_the_same_bits(folder, monkeypatch, tmp_path):
    kept, memory = opened(folder, stride=3), opened(folder, stride=3, cache=False)
    monkeypatch.setattr("foveal.data.images.cache.kept.SHARE", 10**12)
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path / "empty"))
    said = []
    each_time = opened(folder, said, stride=3, cache_limit=0)
    assert "decoded each time they are read" in " ".join(said)
    assert not each_time.in_memory
    assert (kept[:] == memory[:]).all()
    assert (kept[:] == each_time[:]).all()
    assert kept.digest() == each_time.digest()
    rows = np.arange(0, len(kept), 2)
    assert kept.statistics(rows, np.float32) == each_time.statistics(rows, np.float32)


def test_an_interruption_keeps_what_is_decoded(folder, monkeypatch):
    def show(what, done, bad, total):
        if what == "decoding" and done > total // 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_clips(folder, clip_frames=8, every=1, size=24, progress=Progress(lambda sentence: None, show))
    again, original = [], pool.frames_of

    def frames_of(place, timeline, numbers):
        again.extend(numbers)
        return original(place, timeline, numbers)

    monkeypatch.setattr(pool, "frames_of", frames_of)
    clips = opened(folder, every=1)
    assert 0 < len(again) <= 240 * 2 // 3
    monkeypatch.undo()
    assert (clips[:] == opened(folder, every=1, cache=False)[:]).all()


def test_workers_decode_ahead_to_the_same_network(folder, monkeypatch):
    small = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8), "n_epochs": 2}
    kept = opened(folder, size=12)
    monkeypatch.setattr("foveal.data.images.cache.kept.SHARE", 10**12)
    each_time = opened(folder, size=12, cache=False)
    assert not each_time.in_memory
    fits = [
        CNNClassifier(random_state=0, workers=workers, **small).fit(rows, rows.y)
        for rows, workers in ((kept, 0), (each_time, 1))
    ]
    weights = [torch.cat([p.flatten() for p in fit.net_.parameters()]) for fit in fits]
    assert torch.equal(*weights)


def test_differences_are_those_of_the_frames(folder):
    frames = opened(folder)[:].astype(int)
    assert (opened(folder, difference=True)[:] == (frames[:, 1:] - frames[:, :-1] + 255) // 2).all()


def test_a_rule_in_place_of_parameters(folder):
    clips = opened(folder, stride=4, rate=12.5, difference=True)
    again = open_clips(folder, input_rule=clips.input_rule)
    assert (again[:] == clips[:]).all()


def test_bad_files_are_listed_or_left_out(folder):
    sound(folder / "left" / "s.mp4")
    film(folder / "right" / "short.mp4", scene(6))
    with pytest.raises(DataError, match=r"1 of 8 files is no video that can be read;[^$]*left/s\.mp4: has sound only"):
        opened(folder)
    said = []
    clips = opened(folder, said, on_bad="skip")
    assert len(clips) == 12
    assert clips.about["skipped"] == 2
    assert clips.about["first_skipped"][1].startswith(
        "right/short.mp4: is too short: it has 6 frames in all, and a row"
    )


def test_a_video_that_breaks_off_is_left_out(folder):
    path = folder / "left" / "9.ts"
    film(path)
    content = bytearray(path.read_bytes())
    for place in np.random.default_rng(0).integers(len(content) // 3, len(content) * 2 // 3, 200):
        content[place] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(DataError, match=r"left/9\.ts: is damaged.*, at frame"):
        opened(folder, clip_frames=4, every=1)
    clips = opened(folder, clip_frames=4, every=1, on_bad="skip")
    assert len(clips) == clips.about["rows"] == 60
    assert clips.about["skipped"] == 1


def test_nothing_left_is_an_error(tmp_path):
    sound(tmp_path / "a" / "1.mp4")
    with pytest.raises(DataError, match="no file is a video that can be cut into rows"):
        opened(tmp_path, on_bad="skip")


def test_a_table_of_seconds(folder):
    table = folder.parent / "t.csv"
    table.write_text("path,label,start,stop\nclips/left/0.mp4,a,0,0.8\nclips/left/0.mp4,b,0.8,1.6\n")
    clips = opened(table, clip_frames=4, every=2, stride=4)
    assert clips.y.tolist() == ["a"] * 4 + ["b"] * 4
    assert clips.starts[4] == 0.8
    assert set(clips.groups.tolist()) == {0}
    table.write_text("path,label,start,stop\nclips/left/0.mp4,a,0,0.8\nclips/left/0.mp4,b,3,\n")
    with pytest.raises(DataError, match=r"is too short from 3\.00 s to the end"):
        opened(table, clip_frames=4)


def test_parts(folder):
    (folder / "train").mkdir()
    (folder / "test").mkdir()
    for name in ("left", "right"):
        (folder / "test" / name).mkdir()
        (folder / name / "0.mp4").rename(folder / "test" / name / "0.mp4")
        (folder / name).rename(folder / "train" / name)
    clips = opened(folder)
    assert [len(clips.part(name)) for name in ("train", "test")] == [8, 4]
    with pytest.raises(ParameterError, match="part 'tst' is not there"):
        clips.part("tst")


def test_uneven_times_are_told(tmp_path):
    times = np.cumsum([0, *([20] * 4 + [100]) * 8])
    film(tmp_path / "a" / "1.mkv", scene(41), times=times)
    said = []
    opened(tmp_path, said)
    assert "frames come at uneven times in 'a/1.mkv': rate=50 would take them by time" in said


def test_wrong_parameters_are_told_before_a_file_is_opened(tmp_path):
    with pytest.raises(ParameterError, match="clip_frames must be"):
        open_clips(tmp_path / "none", clip_frames=0)
    with pytest.raises(ParameterError, match="on_bad must be one of"):
        open_clips(tmp_path / "none", on_bad="ignore")


def test_without_pyav_the_way_out_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ResourceError, match=r'to read videos PyAV is needed: pip install "foveal\[video\]"'):
        open_clips(tmp_path)
