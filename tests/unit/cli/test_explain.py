"""`foveal explain MODEL FILES --out FOLDER`: a PNG and a line for each row, bad files told and passed over."""

import csv
import io
import wave

import numpy as np
import pytest
from PIL import Image
from tests.unit.data.clips.made import film, scene

import foveal as library
from foveal.cli.main import run

from .conftest import SMALL


def rows_of(result):
    return list(csv.DictReader(io.StringIO(result.out)))


def drawn(path):
    with Image.open(path) as picture:
        picture.load()
        return np.asarray(picture.convert("RGB"))


def draw(path, seed):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (9, 9, 3), dtype=np.uint8)).save(path)


@pytest.fixture(scope="module")
def pets(tmp_path_factory):
    """Train on two classes of pictures; give the folder of the run and of the pictures."""
    folder = tmp_path_factory.mktemp("pets")
    for i in range(20):
        draw(folder / "data" / ("cat" if i % 2 else "a,dog") / f"{i}.png", i)
    how = [*SMALL, "--read", "cache=false", "--read", "size=8", "--epochs", "1", "--seed", "0", "--quiet"]
    assert run(["train", str(folder / "data"), *how, "--out", str(folder / "run")]) == 0
    return folder / "run", folder / "data"


def test_each_picture_has_a_png_and_a_line_with_the_answer_of_predict(foveal, pets):
    model, data = pets
    result = foveal("explain", model, data / "cat", "--out", "why")
    assert result.code == 0, result.err
    rows = rows_of(result)
    predicted = {row["file"]: row for row in csv.DictReader(io.StringIO(foveal("predict", model, data / "cat").out))}
    assert len(rows) == len(predicted) == 10
    for row in rows:
        assert row["prediction"] == row["explained"] == predicted[row["file"]]["prediction"]
        assert float(row["probability"]) == pytest.approx(float(predicted[row["file"]]["probability"]), abs=1e-6)
        assert drawn(f"why/{row['picture']}").std() > 1
        assert row["problem"] == ""
    assert "10 of 10 explained by grad_cam, pictures in why" in result.err


@pytest.mark.parametrize("method", ["saliency", "integrated_gradients", "occlusion"])
def test_a_class_by_its_name_and_every_method(foveal, pets, method):
    model, data = pets
    result = foveal("explain", model, data / "cat" / "1.png", "--out", "why", "--method", method, "--class", "a,dog")
    assert result.code == 0, result.err
    (row,) = rows_of(result)
    assert row["explained"] == "a,dog"
    assert row["picture"] == "1.png"
    other = foveal("explain", model, data / "cat" / "1.png", "--out", "other", "--method", method, "--class", "cat")
    assert other.code == 0
    if method != "saliency":  # of two classes the signs are against each other
        assert not np.array_equal(drawn("why/1.png"), drawn("other/1.png"))


def test_bad_files_are_told_and_the_others_go_on(foveal, pets, tmp_path):
    model, data = pets
    mixed = tmp_path / "mixed"
    for i in range(3):
        draw(mixed / f"{i}.png", i)
    (mixed / "1.png").write_bytes(b"")
    result = foveal("explain", model, mixed, "nowhere.png", data / "cat" / "1.png", "--out", "why")
    assert result.code == 0, result.err
    rows = rows_of(result)
    assert [row["file"] for row in rows] == ["0.png", "1.png", "2.png", "nowhere.png", "1.png"]
    assert [bool(row["problem"]) for row in rows] == [False, True, False, True, False]
    assert "empty" in rows[1]["problem"]
    assert "there is no such folder or file" in rows[3]["problem"]
    assert [row["picture"] for row in rows] == ["0.png", "", "2.png", "", "1.png"]
    assert "3 of 5 explained" in result.err


def test_where_nothing_can_be_explained_the_exit_code_says_so(foveal, pets):
    result = foveal("explain", pets[0], "nowhere.png", "--out", "why")
    assert result.code == 3
    assert "none of the 1 rows could be explained; the column problem says why" in result.err


def test_names_that_are_taken_are_numbered(foveal, pets, tmp_path):
    for folder in ("a", "b"):
        draw(tmp_path / folder / "x.png", 1)
    result = foveal("explain", pets[0], "a/x.png", "b/x.png", "--out", "why")
    assert [row["picture"] for row in rows_of(result)] == ["x.png", "x-2.png"]


def test_rows_of_arrays_and_of_data_sets_by_name(foveal, trained, files):
    result = foveal("explain", trained, files / "new.npy", "--out", "why", "--first", 3)
    assert [row["file"] for row in rows_of(result)] == ["new.npy#0", "new.npy#1", "new.npy#2"]
    by_name = foveal("explain", trained, "digits", "--out", "named", "--first", 2, "--layer", "conv1", "--class", "3")
    assert [row["explained"] for row in rows_of(by_name)] == ["3", "3"]
    assert drawn("named/digits-1.png").std() > 1


@pytest.mark.parametrize("shape", [(2, 30), (6, 8, 8)])
def test_signals_and_volumes_are_drawn(foveal, shape):
    X = np.random.default_rng(0).normal(size=(12, *shape)).astype("float32")
    layout = "NCL" if len(shape) == 2 else "NDHW"
    small = {"in_channels_list": [None, 4], "out_channels": 4, "n_epochs": 1}
    library.CNNClassifier(layout=layout, **small).fit(X, np.arange(12) % 2).save("m.safetensors")
    np.save("X.npy", X[:2])
    result = foveal("explain", "m.safetensors", "X.npy", "--out", "why")
    assert result.code == 0, result.err
    assert drawn("why/X-0.png").std() > 1


def test_values_and_labels_and_masks_say_which_output(foveal):
    X = np.random.default_rng(0).normal(size=(16, 8, 8)).astype("float32")
    np.save("X.npy", X[:1])
    small = {"in_channels_list": [None, 4], "out_channels": 4, "n_epochs": 1}
    library.CNNRegressor(**small).fit(X, X[:, 0, :2]).save("values.safetensors")
    result = foveal("explain", "values.safetensors", "X.npy", "--out", "why")
    assert result.code == 2
    assert "target must say which of the 2 values to explain" in result.err
    (row,) = rows_of(foveal("explain", "values.safetensors", "X.npy", "--out", "why", "--class", "1"))
    assert row["explained"] == "1"
    assert {"prediction_0", "prediction_1"} <= set(row)
    masks = library.CNNSegmenter(net="unet(depth=1, width=4)", n_epochs=1).fit(X, (X > 0).astype("uint8"))
    masks.save("masks.safetensors")
    (row,) = rows_of(foveal("explain", "masks.safetensors", "X.npy", "--out", "why", "--class", "1"))
    assert row["explained"] == "1"
    assert 0.5 <= float(row["share"]) <= 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--method", "gradcam"], "--method must be one of 'grad_cam', .*did you mean 'grad_cam'?"),
        (["--class", "bird"], "target must be one of the classes, 0, 1, .* got 'bird'"),
        (["--method", "saliency", "--layer", "conv1"], "--layer is for --method grad_cam, and this is saliency"),
        (["--first", "0"], "--first must be at least 1, got 0"),
    ],
)
def test_what_there_is_not_is_told_before_anything_is_written(foveal, trained, files, tmp_path, options, message):
    result = foveal("explain", trained, files / "new.npy", "--out", "why", *options)
    assert result.code == 2
    assert pytest.importorskip("re").search(message, result.one_line())
    assert result.out == ""
    assert not (tmp_path / "why").exists()


def test_a_folder_that_cannot_be_made_is_told(foveal, trained, files, tmp_path):
    (tmp_path / "taken").write_text("")
    result = foveal("explain", trained, files / "new.npy", "--out", "taken")
    assert result.code == 5
    assert "cannot write in taken" in result.one_line()


def test_of_a_video_the_surest_window_is_drawn(foveal, train, tmp_path, monkeypatch):
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path / "cache"))
    for name, step in (("right", 1), ("left", -1)):
        for number in range(2):
            film(tmp_path / "clips" / name / f"{number}.mp4", scene(60, seed=7 * number)[::step])
    read = ["--read", "clip_frames=6", "--read", "size=16", "--read", "stride=10"]
    assert train(tmp_path / "clips", *read, "--out", "run", "--seed", 0).code == 0
    (tmp_path / "clips" / "left" / "bad.mp4").write_bytes(b"no")
    result = foveal("explain", "run", tmp_path / "clips", "--out", "why", "--class", "left")
    assert result.code == 0, result.err
    rows = rows_of(result)
    assert sorted(row["file"] for row in rows if row["problem"]) == ["left/bad.mp4"]
    good, model = [row for row in rows if not row["problem"]], library.load("run/model.safetensors")
    assert [row["picture"] for row in good] == ["left-0.png", "left-1.png", "right-0.png", "right-1.png"]
    for row in good:
        clips = library.open_clips([tmp_path / "clips" / row["file"]], y=["left"], input_rule=model.fitted_.input_rule)
        assert float(row["probability"]) == pytest.approx(model.predict_proba(clips).max(), abs=1e-5)
        assert drawn(f"why/{row['picture']}").std() > 1


def test_sounds_are_drawn_and_embedded(foveal, tmp_path):
    for kind, pitch in (("low", 300), ("high", 2000)):
        (tmp_path / "sounds" / kind).mkdir(parents=True)
        for number in range(3):
            tone = 0.3 * np.sin(2 * np.pi * pitch * (1 + number / 50) * np.arange(2000) / 8000)
            with wave.open(str(tmp_path / "sounds" / kind / f"{number}.wav"), "wb") as file:
                file.setparams((1, 2, 8000, 0, "NONE", ""))
                file.writeframes((tone * 32767).astype("<i2").tobytes())
    sounds = library.open_sounds(tmp_path / "sounds", rate=8000, seconds=0.25, window=256, hop=128, mels=16)
    library.CNNClassifier(n_epochs=1, batch_size=4, valid_size=0).fit(sounds, sounds.y).save("m.safetensors")
    (tmp_path / "sounds" / "low" / "bad.wav").write_bytes(b"no")
    result = foveal("explain", "m.safetensors", tmp_path / "sounds", "--out", "why")
    assert result.code == 0, result.err
    assert [row["file"] for row in rows_of(result) if row["problem"]] == ["low/bad.wav"]
    assert drawn("why/high-0.png").std() > 1
    result = foveal("embed", "m.safetensors", tmp_path / "sounds", "--out", "f.npz")
    assert "low/bad.wav: is no WAV file" in result.err
    assert len(np.load("f.npz")["features"]) == 6


def test_texts_are_drawn_word_by_word_and_embedded(foveal, tmp_path):
    texts = ["a good plot", "a bad plot", "good music", "bad music"] * 10
    model = library.TextClassifier(net="kim(vector=8, maps=8)", n_epochs=4, learning_rate=0.01, random_state=0)
    model.fit(texts, ["+", "-"] * 20).save(tmp_path / "model.safetensors")
    (tmp_path / "new.txt").write_text("good plot\n\nbad unheard thing\n")
    result = foveal("explain", "model.safetensors", "new.txt", "--out", "out")
    lines = rows_of(result)
    assert [line["file"] for line in lines] == ["line 1", "line 2", "line 3"]
    assert [lines[0]["prediction"], lines[2]["prediction"]] == ["+", "-"]
    assert drawn(tmp_path / "out" / "line 3.png").std() > 0
    assert foveal("embed", "model.safetensors", "new.txt", "--out", "features.csv").code == 0
    assert len((tmp_path / "features.csv").read_text().splitlines()) == 4
