"""`foveal train` and `predict` on folders of volumes and of sounds, and a folder that is not there."""

import csv
import io

import numpy as np
import pytest
from tests.unit.data.sounds.wavs import tone, wav
from tests.unit.data.volumes.made import nifti, slices

from foveal import load

from .conftest import SMALL

SHORT = [*SMALL, "--epochs", "2", "--seed", "0", "--quiet", "--no-baselines", "--set", "batch_size=4"]


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def scans(tmp_path):
    rng = np.random.default_rng(0)
    for name, value in (("bright", 90), ("dark", 10)):
        for n in range(5):
            data = rng.normal(value, 3, (6, 5, 4)).astype(np.int16)
            nifti(tmp_path / "scans" / name / f"{n}.nii.gz", data, descrip=b"SMITH^ANNA")
    return tmp_path / "scans"


def test_volumes_in_class_folders(foveal, scans):
    shown = foveal("train", "scans", *SHORT, "--read", "window=50,100", "--out", "run")
    assert shown.code == 0, shown.err
    model = load("run/model.safetensors")
    assert model.fitted_.input_rule[2] == {"step": "window", "centre": 50.0, "width": 100.0}
    with open("run/model.safetensors", "rb") as file:  # noqa: PTH123
        assert b"SMITH" not in file.read()
    assert foveal("evaluate", "run", "scans").code == 0
    slices(scans / "series")
    (scans / "bright" / "bad.nii").write_bytes(b"no")
    shown = foveal("predict", "run", "scans")
    found = rows(shown.out)
    assert [row["file"] for row in found][-2:] == ["dark/4.nii.gz", "series"]
    assert [row["problem"] != "" for row in found] == [False] * 5 + [True] + [False] * 6
    assert found[0]["prediction"] == model.predict("scans/bright/0.nii.gz")[0]
    one = foveal("predict", "run", "scans/dark/0.nii.gz", "--out", "one.csv")
    assert one.code == 0, one.err
    np.save("volume.npy", np.full((6, 5, 4), 10.0))
    np.save("rows.npy", np.full((2, 6, 5, 4, 1), 0.1, np.float32))
    assert len(rows(foveal("predict", "run", "volume.npy").out)) == 1
    assert len(rows(foveal("predict", "run", "rows.npy").out)) == 2
    assert foveal("predict", "run", "series").code == 3
    assert foveal("summary", "scans", "--read", "window=50,100").code in (0, 3)


def test_a_single_series_is_one_volume(foveal, scans, tmp_path):
    assert foveal("train", "scans", *SHORT, "--out", "run").code == 0
    slices(tmp_path / "series")
    assert [row["file"] for row in rows(foveal("predict", "run", "series").out)] == ["series"]


def test_sounds_in_class_folders(foveal, tmp_path):
    for kind, pitch in (("high", 1500), ("low", 300)):
        for n in range(5):
            path = tmp_path / "tones" / kind / f"{n}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wav(tone(pitch * (1 + n / 50))))
    shown = foveal("train", "tones/", *SHORT, "--read", "rate=8000", "--read", "seconds=0.25", "--read", "mels=16",
                   "--out", "run")  # fmt: skip
    assert shown.code == 0, shown.err
    model = load("run/model.safetensors")
    assert [step["step"] for step in model.fitted_.input_rule] == ["sound", "length", "log_mel"]
    assert foveal("evaluate", "run", "tones").code == 0
    found = rows(foveal("predict", "run", "tones/low/1.wav").out)
    assert found[0]["prediction"] == model.predict("tones/low/1.wav")[0]
    (tmp_path / "tones" / "low" / "bad.wav").write_bytes(b"no")
    refused = foveal("train", "tones", *SHORT)
    assert refused.code == 3
    assert "low/bad.wav" in refused.err
    assert foveal("train", "tones", *SHORT, "--on-bad", "skip", "--read", "mels=8").code == 0


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        ("train pets/", 3, "pets: there is no such folder or file"),
        ("train scans --read colour=L", 2, "colour= says how pictures are read, and scans holds volumes; leave it out"),
        ("train scans --read spacing=1,1", 2, "spacing must have 3 numbers, got (1, 1): the files are volumes"),
        ("train scans --masks masks", 3, "masks: expected a folder, found nothing there"),
    ],
)
def test_mistakes_are_one_line(foveal, scans, args, code, message):
    result = foveal(*args.split())
    assert result.code == code
    assert message in result.err.splitlines()[-1]
