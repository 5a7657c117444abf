"""Consoles that are not UTF-8, readers that leave, disks that are full: the work is done, the exit code says so."""

import io
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from foveal import CNNClassifier
from foveal.cli.main import run

from .conftest import SMALL

NAMES = np.array(["größe", "漢字", "eel"])
ENCODINGS = ["latin-1", "cp1252", "ascii", "shift_jis"]
FOLDER = "лес-漢字"


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """Give a folder with a run whose name, classes and source no small console can write."""
    folder = tmp_path_factory.mktemp("odd")
    before = Path.cwd()
    os.chdir(folder)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(90, 8, 8)).astype("f4"), NAMES[np.arange(90) % 3]
    np.savez("d漢.npz", X_train=X, y_train=y, X_test=X[:30], y_test=y[:30])
    np.save("x.npy", X[:5])
    assert run(["train", "d漢.npz", *SMALL, "--epochs", "1", "--out", FOLDER, "--quiet"]) == 0
    yield folder
    os.chdir(before)


@pytest.fixture
def console(monkeypatch, here):
    """Run the command with stdout and stderr of an encoding, strict as Python makes them; give code and both texts."""

    def call(encoding, *args):
        streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict") for _ in range(2)]
        monkeypatch.setattr(sys, "stdout", streams[0])
        monkeypatch.setattr(sys, "stderr", streams[1])
        code = run([*map(str, args)])
        monkeypatch.undo()
        assert [stream.errors for stream in streams] == ["strict", "strict"]
        return code, *(stream.buffer.getvalue().decode(encoding) for stream in streams)

    return call


def escaped(text, encoding):
    return text.encode(encoding, "backslashreplace").decode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_verb_ends_well(console, encoding, tmp_path):
    sign = escaped("漢字", encoding)
    out = tmp_path / "漢字"
    code, said, progress = console(encoding, "train", "d漢.npz", *SMALL, "--epochs", 1, "--out", out)
    assert (code, f"results     {tmp_path}/{sign}" in said) == (0, True), said
    assert "epoch 1/1  loss" in progress
    assert (out / "results.json").exists()
    code, said, _ = console(encoding, "evaluate", FOLDER, "d漢.npz")
    assert code == 0
    assert all(escaped(name, encoding) in said for name in (*NAMES, FOLDER))
    code, said, _ = console(encoding, "predict", FOLDER, "x.npy", "--proba")
    assert code == 0
    assert said.splitlines()[0] == escaped("row,prediction,probability,p_eel,p_größe,p_漢字", encoding)
    assert said.count("\n") == 6
    code, said, _ = console(encoding, "predict", FOLDER, "x.npy", "--out", tmp_path / "漢.csv")
    assert (code, said) == (0, "")
    assert "p_größe,p_漢字" not in (tmp_path / "漢.csv").read_text("utf-8")
    for verb in (["summary", FOLDER], ["summary", FOLDER, "--plan"], ["info"], ["--help"], ["train", "--help"]):
        assert console(encoding, *verb)[0] == 0, verb
    assert console(encoding, "pack", "d漢.npz", tmp_path / "пакет")[0] == 0


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_error_is_one_line_and_keeps_its_code(console, encoding):
    code, said, error = console(encoding, "evaluate", "漢字/nowhere", "d漢.npz")
    assert (code, said, error.count("\n")) == (4, "", 1)
    assert error.startswith(escaped("foveal: error: cannot read the model 漢字", encoding))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_json_and_files_are_the_same_on_every_console(console, encoding, tmp_path):
    assert console(encoding, "evaluate", FOLDER, "d漢.npz", "--json") == console("utf-8", "evaluate", FOLDER,
                                                                                "d漢.npz", "--json")  # fmt: skip
    path = tmp_path / "p.csv"
    console(encoding, "predict", FOLDER, "x.npy", "--proba", "--out", path)
    assert path.read_text("utf-8").startswith("row,prediction,probability,p_eel,p_größe,p_漢字\n")


def test_a_file_name_that_is_no_text_is_told(console):
    code, _, error = console("utf-8", "evaluate", os.fsdecode(b"\xff\xfe"), "d漢.npz")
    assert code == 4
    assert "\\udcff\\udcfe" in error


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_progress_and_warnings_of_a_fit_in_python(encoding, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict")
    monkeypatch.setattr(sys, "stderr", stream)
    X, y = np.random.default_rng(0).normal(size=(12, 6, 6)), NAMES[np.arange(12) % 3]
    with warnings.catch_warnings(action="default"):
        CNNClassifier(n_epochs=2, verbose=1, random_state=0).fit(X, y)
    monkeypatch.undo()
    stream.flush()
    assert "epoch 2/2  loss" in stream.buffer.getvalue().decode(encoding)


def test_a_fit_whose_progress_nobody_reads_goes_on(monkeypatch):
    ours, theirs = os.pipe()
    os.close(ours)
    with os.fdopen(theirs, "w", closefd=False) as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        X, y = np.random.default_rng(0).normal(size=(30, 6, 6)), np.arange(30) % 3
        model = CNNClassifier(n_epochs=3, verbose=1, random_state=0).fit(X, y)
        monkeypatch.undo()
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), theirs)
    os.close(theirs)
    assert model.n_epochs_ == 3


def shell(script, folder, **environment):
    command = f'foveal() {{ {sys.executable} -m foveal "$@"; }}\n{script}'
    given = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1", "LC_ALL": "C"} | environment
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=given, capture_output=True, timeout=120, check=False)
    return done.stdout.decode("latin-1"), done.stderr.decode("latin-1")


@pytest.mark.parametrize("encoding", ["latin-1", "ascii:strict"])
def test_a_console_of_the_environments_encoding(here, encoding, tmp_path):
    script = f"foveal evaluate {FOLDER} d漢.npz; echo $?; foveal predict {FOLDER} x.npy >/dev/null; echo $?"
    said, error = shell(script, here, PYTHONIOENCODING=encoding)
    assert [line for line in said.splitlines() if line in ("0", "1")] == ["0", "0"]
    assert "\\u6f22\\u5b57" in said
    assert error == ""


CUT = {
    "foveal predict LES x.npy | true; echo ${PIPESTATUS[0]}": "0",
    "foveal predict LES x.npy | head -n 1; echo ${PIPESTATUS[0]}": "row,prediction,probability\n0",
    "foveal --help | true; echo ${PIPESTATUS[0]}": "0",
    "foveal evaluate LES d漢.npz | true; echo ${PIPESTATUS[0]}": "0",
    "foveal summary LES | true; echo ${PIPESTATUS[0]}": "0",
    "foveal info >&-; echo $?": "0",
    "foveal info 2>&-; echo $?": None,
    "foveal train d漢.npz --epochs 3 --out $T/a 2>&1 | true; echo ${PIPESTATUS[0]}; ls $T/a | wc -l": "0\n7",
    "foveal train d漢.npz --epochs 3 --out $T/b 2> >(true) >/dev/null; echo $?; ls $T/b | wc -l": "0\n7",
    "foveal train d漢.npz --epochs 3 --out $T/c >&- 2>&-; echo $?; ls $T/c | wc -l": "0\n7",
}


@pytest.mark.parametrize("script", CUT)
def test_a_reader_that_leaves_is_no_failure(here, script, tmp_path):
    said, error = shell(script.replace("LES", FOLDER).replace("$T", str(tmp_path)), here)
    assert error == ""
    assert CUT[script] is None or said.strip() == CUT[script]
    assert said.strip().split("\n")[-1] in ("0", "7")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is Linux's")
def test_a_full_disk_behind_stdout_is_one_line_and_code_5(here):
    said, error = shell(f"foveal predict {FOLDER} x.npy > /dev/full; echo $?", here)
    assert said == "5\n"
    assert re.fullmatch(r"foveal: error: [^\n]*No space left on device[^\n]*\n", error)
