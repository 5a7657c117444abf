"""`foveal doctor`."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from . import pictures


@pytest.fixture
def pets(tmp_path):
    """Pictures of three classes, of which one is there twice, across the split, and one file is empty."""
    root = pictures.folders(tmp_path / "pets", 6, parts=("train", "test"))
    (root / "test" / "dark" / "copy.png").write_bytes((root / "train" / "dark" / "0.png").read_bytes())
    (root / "train" / "light" / "bad.png").write_bytes(b"")
    return root


def contents(root):
    return {path: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_table_json_and_files_tell_the_same_and_the_data_stay_as_they_are(foveal, pets):
    before = contents(pets)
    shown = foveal("doctor", pets, "--no-labels", "--out", "out")
    assert shown.code == 0
    told = json.loads(foveal("doctor", pets, "--no-labels", "--json").out)
    checks = [finding["check"] for finding in told["findings"]]
    assert checks[:2] == ["unreadable", "exact-duplicates-across-splits"]
    assert told["findings"][1]["groups"][0]["names"] == ["train/dark/0.png", "test/dark/copy.png"]
    kept = json.loads(Path("out/findings.json").read_text())
    assert kept["findings"] == told["findings"]
    for finding in told["findings"]:
        assert finding["what"] in shown.out
    assert "light/bad.png" in Path("out/doctor.html").read_text("utf-8")
    assert contents(pets) == before


def test_strict_ends_with_3_where_something_is_wrong_and_0_where_nothing_is(foveal, pets, tmp_path):
    wrong = foveal("doctor", pets, "--no-labels", "--strict", "--json")
    assert wrong.code == 3
    assert "--strict lets neither errors nor warnings pass" in wrong.one_line()
    assert json.loads(wrong.out)["errors"] == 2
    np.savez(tmp_path / "a.npz", X=np.random.default_rng(0).normal(size=(40, 9)), y=np.arange(40) % 2)
    assert foveal("doctor", "a.npz", "--no-labels", "--strict").code == 0


def test_corrected_decisions_make_a_table_that_trains(foveal, pets):
    assert foveal("doctor", pets, "--no-labels", "--out", "out").code == 0
    lines = list(csv.DictReader(Path("out/decisions.csv").read_text("utf-8").splitlines()))
    assert {line["name"]: line["action"] for line in lines if "unreadable" in line["finding"]} == {
        "train/light/bad.png": "drop"
    }
    before = contents(pets)
    made = foveal("doctor", pets, "--apply", "out/decisions.csv", "--out", "out", "--json")
    told = json.loads(made.out)
    assert (made.code, told["relabelled"]) == (0, 0)
    dropped = sum(line["action"] == "drop" for line in lines)
    assert told["dropped"] == dropped >= 2
    assert contents(pets) == before
    again = json.loads(foveal("doctor", "out/cleaned.csv", "--no-labels", "--json").out)
    assert "exact-duplicates-across-splits" not in [finding["check"] for finding in again["findings"]]
    assert again["rows"] == told["kept"]
    shown = foveal("doctor", pets, "--apply", "out/decisions.csv", "--out", "other")
    assert "cleaned.csv" in shown.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--apply", "d.csv"], "--apply needs --out FOLDER"),
        (["--apply", "d.csv", "--out", "o", "--strict"], "--strict is for an examination"),
        (["--out", "pets/out"], "lies within"),
        (["--out", "full"], "is there already"),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_read(foveal, pets, tmp_path, arguments, message):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "decisions.csv").write_text("mine")
    refused = foveal("doctor", "pets", *arguments)
    assert refused.code == 2
    assert message in refused.one_line()
    assert (tmp_path / "full" / "decisions.csv").read_text() == "mine"


def test_groups_and_interactions_are_examined_too(foveal, tmp_path):
    X = np.random.default_rng(0).normal(size=(60, 5))
    arrays = {"X": X[:40], "y": np.arange(40) % 2, "X_test": X[40:], "y_test": np.arange(20) % 2}
    np.savez(tmp_path / "a.npz", who=np.arange(40) // 4, who_test=np.arange(20) // 4 + 9, **arrays)
    told = json.loads(foveal("doctor", "a.npz", "--group", "who", "--no-labels", "--json").out)
    assert [finding["check"] for finding in told["findings"]] == ["group-leak"]
    assert "(9)" in told["findings"][0]["what"]
    (tmp_path / "r.csv").write_text("user,item,time\na,1,1\na,1,1\nb,2,1\n")
    told = json.loads(foveal("doctor", "r.csv", "--json").out)
    assert told["findings"][0]["check"] == "exact-duplicates"


def test_wrong_labels_are_listed_with_what_they_look_like(foveal, tmp_path):
    rng = np.random.default_rng(0)
    y = np.arange(120) % 2
    X = rng.normal(size=(120, 6)) + 6 * y[:, None]
    y[7] = 1 - y[7]
    np.savez(tmp_path / "a.npz", X=X, y=y)
    shown = foveal("doctor", "a.npz")
    assert "train row 7: labelled 0" in shown.out


@pytest.mark.parametrize("out", ["file", "file/below"])
def test_a_file_in_the_place_of_the_folder_is_said_before_the_data_are_read(foveal, tmp_path, out):
    (tmp_path / "file").write_text("mine")
    refused = foveal("doctor", "nosuch", "--out", out)
    assert refused.code == 5
    assert "file is no folder" in refused.one_line()
