import json
from pathlib import Path

import numpy as np
import pytest

import foveal as library
from foveal.data import packing
from foveal.data.named import load_dataset
from foveal.data.shards import Shards


def test_a_pack_holds_the_parts_of_its_source(foveal):
    result = foveal("pack", "digits", "packed")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0] == "pack  packed"
    assert lines[1] == "rows  train 1,437   test 360"
    assert lines[2] == "size  3.7 MB in 2 shards"
    digits, packed = load_dataset("digits"), load_dataset("packed")
    for part in ("train", "test"):
        np.testing.assert_array_equal(getattr(packed, f"X_{part}")[:], getattr(digits, f"X_{part}"))
        np.testing.assert_array_equal(getattr(packed, f"y_{part}"), getattr(digits, f"y_{part}"))
    assert packed.class_names == digits.class_names


def test_a_pack_trains_is_measured_and_predicted_like_its_source(foveal, train, files):
    told = json.loads(foveal("pack", files / "tested.npz", "packed", "--shard-mib", 1, "--json").out)
    assert told["rows"] == {"train": 120, "test": 20}
    assert told["shards"] == 2
    assert told["bytes"] == sum(path.stat().st_size for path in Path("packed").rglob("*.tar"))
    told = {}
    for source, workers in ((files / "tested.npz", 0), ("packed", 2)):
        out = f"runs/{workers}"
        assert train(source, "--seed", 0, "--out", out, "--set", f"workers={workers}").code == 0
        told[workers] = json.loads(foveal("evaluate", out, source, "--json").out)["classes"]
    assert told[0] == told[2]
    assert foveal("predict", "runs/2", "packed").out.count("\n") == 21  # the test part
    assert foveal("predict", "runs/2", "packed/train").out.count("\n") == 121
    lines = foveal("predict", "runs/2", "packed").out.splitlines()[1:]
    expected = library.load("runs/0/model.safetensors").predict(load_dataset(str(files / "tested.npz")).X_test)
    assert [int(line.split(",")[1]) for line in lines] == expected.tolist()
    assert foveal("summary", "packed").out == foveal("summary", files / "tested.npz").out


def test_a_folder_of_npy_files_is_packed(foveal, files, tmp_path):
    data = load_dataset(str(files / "names.npz"))
    np.save(tmp_path / "X.npy", data.X_train)
    np.save(tmp_path / "y.npy", data.y_train)
    assert foveal("pack", tmp_path, "../packed").code == 0
    np.testing.assert_array_equal(Shards.open("../packed/train")[:], data.X_train)
    assert foveal("pack", "../packed", "again").code == 0  # and shards are
    np.testing.assert_array_equal(Shards.open("again/train").y, data.y_train)


def test_what_is_there_is_not_written_over_unless_told(foveal, files, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "note.txt").touch()
    result = foveal("pack", "digits", "out")
    assert (result.code, result.out) == (2, "")
    assert result.one_line() == "OUT out is not empty; choose another folder, or --force to replace the pack in it"
    assert foveal("pack", "digits", "out", "--force").code == 0
    assert load_dataset("out").X_test is not None
    assert foveal("pack", files / "names.npz", "out", "--force").code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["note.txt", "train"]


def test_ctrl_c_leaves_no_pack_and_no_half_of_a_shard(foveal, monkeypatch, tmp_path):
    rows, add = iter(range(100)), packing._add

    def interrupted(*args):
        if next(rows) == 50:
            raise KeyboardInterrupt
        return add(*args)

    monkeypatch.setattr(packing, "_add", interrupted)
    assert foveal("pack", "digits", "out") == (130, "", "")
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert foveal("pack", "digits", "out", "--force").code == 0


def test_a_run_on_the_folder_one_is_in_is_named_after_it(foveal, train, files, tmp_path, monkeypatch):
    foveal("pack", files / "names.npz", "packed")
    (tmp_path / "packed" / "within").mkdir()
    monkeypatch.chdir(tmp_path / "packed" / "within")
    assert train("..").code == 0
    assert (tmp_path / "packed" / "within" / "runs" / "packed" / "model.safetensors").is_file()


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["digist", "out"], 3, "did you mean 'digits'?"),
        (["digits", "taken"], 2, "OUT taken is a file; choose a folder"),
        (["digits", "out", "--shard-mib", "0"], 2, "--shard-mib must be an integer of at least 1, got 0"),
        (["data", "data", "--force"], 2, "OUT data and SOURCE data lie within each other; choose another folder"),
        (["data", "data/new", "--force"], 2, "OUT data/new and SOURCE data lie within each other"),
        (["dates.npz", "out"], 3, "y must hold numbers or strings, (N,) or (N, K), to be packed, got datetime64[D]"),
    ],
)
def test_what_cannot_be_packed_is_one_line(foveal, files, tmp_path, args, code, message):
    (tmp_path / "taken").touch()
    (tmp_path / "data").mkdir()
    (tmp_path / "dates.npz").symlink_to(files / "dates.npz")
    result = foveal("pack", *args)
    assert (result.code, result.out) == (code, "")
    assert message in result.one_line()
    assert not (tmp_path / "out").exists()
