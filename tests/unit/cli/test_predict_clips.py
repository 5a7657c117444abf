import csv

import numpy as np
import pytest
from tests.unit.data.clips.made import film, scene, sound

from foveal import load, open_clips


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Make videos of 3 seconds of two classes, and a cache of their own."""
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path / "cache"))
    for name, step in (("right", 1), ("left", -1)):
        for number in range(3):
            film(tmp_path / "clips" / name / f"{number}.mp4", scene(75, seed=7 * number)[::step])
    return tmp_path / "clips"


@pytest.fixture
def model(folder, train):
    done = train(
        folder, "--read", "clip_frames=6", "--read", "size=16", "--read", "stride=10", "--out", "run", "--seed", 0
    )
    assert done.code == 0, done.err
    assert f"{folder}: videos; --read clip_frames=" in done.err
    assert "6 videos of 25 frames a second" in done.err
    return folder.parent / "run"


def test_a_file_has_a_row_for_each_second(folder, model, foveal):
    done = foveal("predict", model, folder / "left" / "1.mp4", "--proba", "--strip", "strip.png")
    rows = list(csv.DictReader(done.out.splitlines()))
    assert [row["second"] for row in rows] == ["0", "1", "2"]
    assert {row["problem"] for row in rows} == {""}
    clips = open_clips(
        [folder / "left" / "1.mp4"], y=["left"], input_rule=load(model / "model.safetensors").fitted_.input_rule
    )
    chances = load(model / "model.safetensors").predict_proba(clips)
    for second, row in enumerate(rows):
        mean = chances[(clips.starts < second + 1) & (clips.stops > second)].mean(axis=0)
        assert np.allclose([float(row["p_left"]), float(row["p_right"])], mean, atol=1e-5)
    from PIL import Image

    with Image.open("strip.png") as strip:
        assert strip.size == (3 * 124 + 4, 128)
    assert "strip.png: 3 of 3 seconds, each with its answer" in done.err


def test_a_folder_has_rows_of_all_and_reasons(folder, model, foveal):
    sound(folder / "left" / "s.mp4")
    film(folder / "left" / "t.mp4", scene(5))
    assert foveal("predict", model, folder, "--out", "p.jsonl").code == 0
    done = foveal("predict", model, folder)
    rows = list(csv.DictReader(done.out.splitlines()))
    assert len(rows) == 3 * 6 + 2
    problems = {row["file"]: row["problem"] for row in rows if row["problem"]}
    assert set(problems) == {"left/s.mp4", "left/t.mp4"}
    assert problems["left/s.mp4"].endswith("has sound only, no pictures")
    assert "is too short" in problems["left/t.mp4"]


def test_evaluate_and_resume_read_by_the_rule(folder, model, foveal):
    done = foveal("evaluate", model, folder)
    assert "42 rows" in done.out + done.err, done
    assert foveal("train", folder, "--read", "depth=uint16").one_line().startswith("depth= says how pictures are read")


def test_mistakes_are_told(folder, model, foveal):
    assert "--strip shows one video" in foveal("predict", model, folder, "--strip", "s.png").err
    np.save("x.npy", np.zeros((2, 6, 16, 16, 3), np.uint8))
    assert "--strip shows a video" in foveal("predict", model, "x.npy", "--strip", "s.png").err
    assert foveal("predict", model, "x.npy").out.count("\n") == 3
    assert "there is no such folder or file" in foveal("predict", model, "none.mp4").one_line()
