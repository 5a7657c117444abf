"""What people get wrong with pictures and models of them, and what they are told."""

import os
from pathlib import Path

import numpy as np
import pytest

from foveal.cli.main import run

from .conftest import SMALL
from .pictures import folders


@pytest.fixture(scope="module")
def pets(tmp_path_factory):
    """Train on pictures; give the folder of the run, and of pictures with two bad files among them."""
    folder = tmp_path_factory.mktemp("pets")
    folders(folder / "data", rows=4)
    how = [*SMALL, "--read", "cache=false", "--epochs", "1", "--seed", "0", "--quiet", "--no-baselines"]
    assert run(["train", str(folder / "data"), *how, "--out", str(folder / "run")]) == 0
    (folder / "data" / "dark" / "0.png").write_text("<html>")
    (folder / "data" / "light" / "1.png").write_bytes(b"")
    return folder / "run", folder / "data"


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path_factory.mktemp("cache")))


def test_bad_files_have_a_line_each_and_evaluate_can_leave_them_out(foveal, pets):
    result = foveal("evaluate", *pets)
    assert (result.code, result.out) == (3, "")
    assert result.err.splitlines()[-3:] == [
        "foveal: error: 2 of 12 files are no pictures that can be read; mend or remove them, or leave them out with "
        "on_bad='skip' (--on-bad skip):",
        "  dark/0.png: is HTML, not a picture",
        "  light/1.png: is empty: 0 bytes",
    ]
    result = foveal("evaluate", *pets, "--on-bad", "skip")
    assert result.code == 0
    assert "all rows (there is no test part), 10 rows" in result.out


def test_a_model_of_pictures_is_measured_on_arrays_too(foveal, pets):
    np.savez("arrays.npz", X=np.zeros((6, 12, 12, 1), np.uint8), y=np.array(["dark", "light", "striped"] * 2))
    assert "6 rows" in foveal("evaluate", pets[0], "arrays.npz").out
    result = foveal("evaluate", pets[0], "arrays.npz", "--on-bad", "skip")
    assert result.code == 2
    assert "on_bad= says how pictures are read, but arrays.npz has none; leave it out" in result.one_line()


def test_a_name_that_is_nearly_there_is_offered(foveal):
    folders(Path("photos"), rows=1)
    result = foveal("train", "phots")
    assert result.code == 3
    assert result.one_line().endswith("got 'phots'; did you mean 'photos'?")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may look into everything")
@pytest.mark.parametrize("verb", [["train"], ["summary"], ["augment"]])
def test_a_folder_without_permission_is_named(foveal, tmp_path, verb):
    folders(tmp_path / "locked", rows=1).chmod(0)
    try:
        result = foveal(*verb, "locked")
    finally:
        (tmp_path / "locked").chmod(0o755)
    assert result.code == 5
    assert "locked: cannot be looked into (Permission denied); give permission to the folder" in result.one_line()


def test_a_folder_that_the_system_keeps_closed_is_named(foveal, monkeypatch, tmp_path):
    """The same for root, who may look into everything."""
    folders(tmp_path / "locked", rows=1)

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("foveal.data.folders._holds_arrays", refuse)
    result = foveal("summary", "locked")
    assert result.code == 5
    assert result.one_line() == (
        "locked: cannot be looked into (Permission denied); give permission to the folder, or choose another"
    )
