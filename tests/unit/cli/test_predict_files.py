"""`foveal predict MODEL FOLDER`: a row a file, what predict gives, gone on with to the same bytes."""

import csv
import io
import json
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import foveal as library
from foveal.cli.main import run

from .conftest import SMALL

#: Pictures of the runs that are killed.
MANY = 20_000


def draw(path, seed):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (8 + seed % 3, 9, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


@pytest.fixture(scope="module")
def pets(tmp_path_factory):
    """Train on two classes of pictures; give the folder of the run and of the pictures."""
    folder = tmp_path_factory.mktemp("pets")
    for i in range(20):
        draw(folder / "data" / ("cat" if i % 2 else "a,dog") / f"{i}.png", i)
    how = [*SMALL, "--read", "cache=false", "--read", "size=8", "--epochs", "1", "--seed", "0", "--quiet"]
    assert run(["train", str(folder / "data"), *how, "--out", str(folder / "run")]) == 0
    return folder / "run", folder / "data"


@pytest.fixture
def mixed(tmp_path):
    """Make a folder of good and bad files with odd names."""
    folder = tmp_path / "mixed"
    for i in range(11):
        draw(folder / f"{i:02}.png", i)
    draw(folder / 'a,"b"\nc.png', 50)
    (folder / "03.png").write_bytes(b"")
    (folder / "05.png").write_text("<html>")
    (folder / "99.png").symlink_to("nowhere")
    return folder


@pytest.fixture
def blocks_of_4(monkeypatch):
    monkeypatch.setattr("foveal.fitted.predict.rows_at_once", lambda *sizes: 4)


def rows(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_predictions_are_those_of_arrays_bit_for_bit(foveal, pets):
    got = rows(foveal("predict", pets[0], pets[1], "--proba").out)
    model = library.load(pets[0] / "model.safetensors")
    pictures = library.open_images(pets[1], input_rule=model.fitted_.input_rule, cache=False)
    assert [r["file"] for r in got] == list(pictures.files)
    assert list(got[0]) == ["file", "prediction", "probability", "p_a,dog", "p_cat", "problem"]
    assert [r["prediction"] for r in got] == model.predict(np.asarray(pictures)).tolist()
    proba = np.array([[r["p_a,dog"], r["p_cat"]] for r in got], np.float32)
    np.testing.assert_array_equal(proba, model.predict_proba(np.asarray(pictures)))
    np.testing.assert_array_equal(proba, model.predict_proba(pets[1]))


def test_views_of_files_are_averaged_and_gone_on_with(foveal, pets, mixed, blocks_of_4, monkeypatch):
    from foveal.cli.partial import Partial

    args = ["--proba", "--tta", "flip,shift", "--out"]
    assert foveal("predict", pets[0], pets[1], *args, "pets.csv").code == 0
    got = rows(Path("pets.csv").read_text("utf-8"))
    model = library.load(pets[0] / "model.safetensors")
    pictures = library.open_images(pets[1], input_rule=model.fitted_.input_rule, cache=False)
    proba = np.array([[r["p_a,dog"], r["p_cat"]] for r in got], np.float32)
    np.testing.assert_array_equal(proba, model.predict_proba(np.asarray(pictures), tta=["flip", "shift"]))
    monkeypatch.setattr("foveal.fitted.views.ROWS", 4)
    assert foveal("predict", pets[0], mixed, *args, "whole.csv").code == 0
    add = Partial.add

    def broken(self, some):
        add(self, some[:3])
        raise KeyboardInterrupt

    monkeypatch.setattr(Partial, "add", broken)
    assert foveal("predict", pets[0], mixed, *args, "p.csv").code == 130
    monkeypatch.setattr(Partial, "add", add)
    result = foveal("predict", pets[0], mixed, *args, "p.csv")
    assert "p.csv.partial: goes on after 3 of 13 rows" in result.err
    assert Path("p.csv").read_bytes() == Path("whole.csv").read_bytes()
    assert sum(r["problem"] != "" for r in rows(Path("p.csv").read_text("utf-8"))) == 3


def test_bad_files_are_rows_with_their_reason(foveal, pets, mixed, blocks_of_4):
    result = foveal("predict", pets[0], mixed, "--out", "p.csv")
    assert result.code == 0
    assert "13 rows in p.csv, 3 without a prediction: their column problem says why" in result.err
    got = {r["file"]: r for r in rows(Path("p.csv").read_text("utf-8"))}
    assert set(got) == {*(f"{i:02}.png" for i in range(11)), 'a,"b"\nc.png', "99.png"}
    for name in ("03.png", "05.png", "99.png"):
        assert (got[name]["prediction"], got[name]["probability"]) == ("", "")
    assert got["99.png"]["problem"] == "is a link to nothing"
    assert all(r["problem"] == "" and r["prediction"] for name, r in got.items() if name not in
               ("03.png", "05.png", "99.png"))  # fmt: skip
    assert [p.name for p in Path().iterdir() if p.name.startswith("p.")] == ["p.csv"]


def test_bad_files_do_not_change_the_bits_of_others(foveal, pets, mixed, blocks_of_4):
    before = {r["file"]: r for r in rows(foveal("predict", pets[0], mixed, "--proba").out)}
    draw(mixed / "03.png", 3)
    draw(mixed / "05.png", 5)
    after = {r["file"]: r for r in rows(foveal("predict", pets[0], mixed, "--proba").out)}
    assert [name for name in after if after[name] != before[name]] == ["03.png", "05.png"]


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_broken_off_anywhere_it_goes_on_to_the_same_bytes(foveal, pets, mixed, ending, blocks_of_4, monkeypatch):
    if ending == "parquet":
        pytest.importorskip("pyarrow")
    whole, out = f"whole.{ending}", f"p.{ending}"
    assert foveal("predict", pets[0], mixed, "--out", whole, "--proba").code == 0
    from foveal.cli.partial import Partial

    add, left = Partial.add, [0]

    def broken(self, some):
        some = some[: left[0]]
        left[0] -= len(some)
        add(self, some)
        if not left[0]:
            raise KeyboardInterrupt

    monkeypatch.setattr(Partial, "add", broken)
    for more in (3, 1, 5, 2):
        left[0] = more
        assert foveal("predict", pets[0], mixed, "--out", out, "--proba").code == 130
        assert not Path(out).exists()
    monkeypatch.setattr(Partial, "add", add)
    result = foveal("predict", pets[0], mixed, "--out", out, "--proba")
    assert "goes on after 11 of 13 rows" in result.err
    assert Path(out).read_bytes() == Path(whole).read_bytes()
    assert not Path(f"{out}.partial").exists()


def test_what_else_is_asked_for_begins_anew(foveal, pets, mixed, monkeypatch):
    from foveal.cli.partial import Partial

    add = Partial.add

    def broken(self, some):
        add(self, some)
        raise KeyboardInterrupt

    monkeypatch.setattr(Partial, "add", broken)
    told = foveal("predict", pets[0], mixed, "--out", "p.csv").err
    assert "interrupted: what is predicted so far is in" in told
    monkeypatch.setattr(Partial, "add", add)
    told = foveal("predict", pets[0], mixed, "--out", "p.csv", "--proba").err
    assert "begins anew, because it is of another way of predicting" in told


def test_tables_and_single_files_and_json_lines(foveal, pets, mixed):
    Path("t.csv").write_text("path,weight\nmixed/01.png,3\nmixed/03.png,4\n")
    got = [json.loads(line) for line in foveal("predict", pets[0], "t.csv", "--format", "jsonl").out.splitlines()]
    assert [(r["file"], r["prediction"] is None) for r in got] == [("mixed/01.png", False), ("mixed/03.png", True)]
    assert got[0]["problem"] is None
    assert len(rows(foveal("predict", pets[0], mixed / "01.png").out)) == 1
    assert foveal("predict", pets[0], mixed / "77.png").code == 3
    assert "/dev/stdout" not in foveal("predict", pets[0], mixed / "01.png", "--out", "/dev/null").err


def test_a_picture_that_the_network_has_no_answer_for_is_a_row_too(foveal, pets, mixed, monkeypatch):
    import torch

    from foveal.cli import predict_files

    def odd(fitted, source, tta, begin, *, finite):
        for outputs in original(fitted, source, tta, begin, finite=finite):
            outputs[2] = torch.inf
            yield outputs

    original = predict_files.answered
    monkeypatch.setattr(predict_files, "answered", odd)
    got = rows(foveal("predict", pets[0], mixed).out)
    assert got[2]["problem"].startswith("gives outputs that are not finite")
    assert got[2]["prediction"] == ""


def test_arrays_are_predicted_as_before(foveal, pets):
    np.save("X.npy", np.zeros((2, 8, 8, 3), np.uint8))
    assert [list(r) for r in rows(foveal("predict", pets[0], "X.npy").out)] == [
        ["row", "prediction", "probability"]
    ] * 2


@pytest.mark.long
def test_killed_ten_times_it_loses_and_doubles_no_row(foveal, pets, tmp_path):
    for i in range(50):
        draw(tmp_path / f"{i}.png", i)
    (tmp_path / "7.png").write_bytes(b"")
    (tmp_path / "many").mkdir()
    for i in range(MANY):  # the network answers a thousand at a time
        (tmp_path / "many" / f"{i}.png").hardlink_to(tmp_path / f"{i % 50}.png")
    command = [sys.executable, "-m", "foveal", "predict", str(pets[0]), str(tmp_path / "many"), "--out"]
    subprocess.run([*command, str(tmp_path / "whole.csv")], check=True, timeout=300)
    partial = tmp_path / "p.csv.partial"
    rng, killed = np.random.default_rng(0), 0
    for _ in range(30):
        with subprocess.Popen([*command, str(tmp_path / "p.csv")], stderr=subprocess.DEVNULL) as process:
            before = partial.stat().st_size if partial.exists() else 0
            while process.poll() is None and (partial.stat().st_size if partial.exists() else 0) <= before:
                time.sleep(0.001)
            time.sleep(float(rng.uniform(0, 0.03)))
            process.send_signal(signal.SIGKILL)
        killed += process.returncode == -signal.SIGKILL
        if killed == 10 or (tmp_path / "p.csv").exists():
            break
    assert killed == 10
    subprocess.run([*command, str(tmp_path / "p.csv")], check=True, timeout=300)
    assert (tmp_path / "p.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert len(rows((tmp_path / "p.csv").read_text())) == MANY
    assert not partial.exists()


def test_a_model_of_sounds_answers_wav_files(tmp_path, capsys):
    for kind, pitch in (("high", 1500), ("low", 300)):
        (tmp_path / "sounds" / kind).mkdir(parents=True)
        for number in range(4):
            tone = 0.3 * np.sin(2 * np.pi * pitch * (1 + number / 50) * np.arange(2000) / 8000)
            with wave.open(str(tmp_path / "sounds" / kind / f"{number}.wav"), "wb") as file:
                file.setparams((1, 2, 8000, 0, "NONE", ""))
                file.writeframes((tone * 32767).astype("<i2").tobytes())
    sounds = library.open_sounds(tmp_path / "sounds", rate=8000, seconds=0.25, window=256, hop=128, mels=16)
    model = library.CNNClassifier(n_epochs=2, batch_size=4, valid_size=0, random_state=0).fit(sounds, sounds.y)
    model.save(tmp_path / "m.safetensors")
    (tmp_path / "sounds" / "low" / "bad.wav").write_bytes(b"no")
    assert run(["predict", str(tmp_path / "m.safetensors"), str(tmp_path / "sounds")]) == 0
    rows = [line.split(",") for line in capsys.readouterr().out.splitlines()]
    assert [row[0] for row in rows[1:]] == [*sounds.files, "low/bad.wav"]
    assert [row[1] for row in rows[1:-1]] == model.predict(sounds).tolist()
    assert rows[-1][-1] == "is no WAV file"
    assert run(["predict", str(tmp_path / "m.safetensors"), str(tmp_path / "sounds" / "low" / "1.wav")]) == 0
    assert model.predict(sounds)[5] in capsys.readouterr().out
