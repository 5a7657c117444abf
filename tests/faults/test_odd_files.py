"""Every writer keeps the rules of `core.files`: links stay, pipes are written through, an empty path is refused."""

import os
import stat
import threading
from pathlib import Path

import numpy as np
import pytest

import foveal
from foveal.cli.main import run
from foveal.core.errors import ParameterError, ResourceError
from foveal.data.fetch import _publish
from foveal.data.foreign_shards import index_shards
from foveal.data.npz import read_arrays, read_npz
from foveal.data.packing import write_shards
from foveal.data.shards import Shards

from .small import classes, classifier, images

X, Y = images(), classes()


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("X.npy", X)
    np.savez("d.npz", X=X, y=Y, X_test=X, y_test=Y)
    return tmp_path


@pytest.fixture(scope="module")
def model():
    return classifier(valid_size=0).fit(X, Y)


def linked(name: str, *, mode: int = 0o600) -> Path:
    """Make a link to a file of the same name elsewhere, which others may not read."""
    Path("elsewhere").mkdir(exist_ok=True)
    target = Path("elsewhere", Path(name).name)
    target.write_bytes(b"old")
    target.chmod(mode)
    Path(name).parent.mkdir(exist_ok=True, parents=True)
    Path(name).symlink_to(target.resolve())
    return target


def stayed(name: str, target: Path) -> bool:
    """Tell whether a link is one still, and its target is new and as private as before."""
    private = stat.S_IMODE(target.stat().st_mode) == 0o600
    return Path(name).is_symlink() and private and target.read_bytes() not in (b"", b"old")


def read_in_time(fifo: str) -> tuple[threading.Thread, list[bytes]]:
    os.mkfifo(fifo)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(Path(fifo).read_bytes()), daemon=True)
    reader.start()
    return reader, got


def test_a_model_goes_to_the_target_of_a_link(here, model):
    target = linked("current.safetensors")
    model.save("current.safetensors")
    assert stayed("current.safetensors", target)
    np.testing.assert_array_equal(foveal.load("current.safetensors").predict(X), model.predict(X))


def test_a_model_goes_through_a_pipe(here, model):
    reader, got = read_in_time("pipe")
    model.save("pipe")
    reader.join(20)
    assert stat.S_ISFIFO(Path("pipe").stat().st_mode)
    Path("file").write_bytes(got[0])
    np.testing.assert_array_equal(foveal.load("file").predict(X), model.predict(X))


def test_predictions_go_to_the_target_of_a_link_and_through_a_pipe(here, model):
    model.save("m")
    target = linked("p.csv")
    assert run(["predict", "m", "X.npy", "--out", "p.csv"]) == 0
    assert stayed("p.csv", target)
    reader, got = read_in_time("pipe")
    assert run(["predict", "m", "X.npy", "--out", "pipe"]) == 0
    reader.join(20)
    assert got == [target.read_bytes()]


def test_the_files_of_a_run_go_to_the_targets_of_links(here):
    names = ("model.safetensors", "config.toml", "history.csv", "results.json")
    targets = {f"run/{name}": linked(f"run/{name}") for name in names}
    assert run(["train", "d.npz", "--epochs", "1", "--out", "run", "--force", "--quiet"]) == 0
    assert all(stayed(name, target) for name, target in targets.items())
    assert run(["evaluate", "run", "d.npz"]) == 0


def test_checkpoints_go_to_a_folder_that_is_a_link(here):
    Path("elsewhere").mkdir()
    Path("kept").symlink_to("elsewhere")
    classifier(checkpoint="kept").fit(X, Y)
    assert Path("kept").is_symlink()
    assert list(Path("elsewhere").glob("checkpoint-*.safetensors"))


def test_shards_and_their_index_are_files_of_their_own(here):
    """A pack replaces what an earlier one left, links too: where it is read, links are not followed."""
    Path("pack").mkdir()
    linked("pack/index.npz"), linked("pack/shard-000000.tar")
    assert write_shards("pack", X, Y).shape == X.shape
    assert not any(path.is_symlink() for path in Path("pack").iterdir())
    assert Path("elsewhere/index.npz").read_bytes() == b"old"


def test_fetched_files_go_to_the_targets_of_links(here):
    target = linked("cache/set/a.gz")
    Path("made").mkdir()
    Path("made/a.gz").write_bytes(b"new")
    assert _publish(Path("made"), Path("cache/set")) == (Path("cache/set/a.gz"),)
    assert stayed("cache/set/a.gz", target)


@pytest.mark.parametrize("lock", ["fifo", "folder", "link", "dangling"])
def test_a_lock_that_is_no_file_is_refused(here, lock):
    Path("kept").mkdir()
    Path("file").write_text("mine")
    make = {
        "fifo": os.mkfifo,
        "folder": os.mkdir,
        "link": lambda path: Path(path).symlink_to("../file"),
        "dangling": lambda path: Path(path).symlink_to("nowhere"),
    }
    make[lock]("kept/.lock")
    with pytest.raises(ResourceError, match=r"checkpoint: .*kept"):
        classifier(checkpoint="kept").fit(X, Y)
    assert Path("file").read_text() == "mine"
    assert [path.name for path in Path("kept").iterdir()] == [".lock"]


PYTHON = {
    "save": lambda model: model.save(""),
    "checkpoint": lambda model: classifier(checkpoint="").fit(X, Y),
    "load": lambda model: foveal.load(""),
    "write_shards": lambda model: write_shards("", X, Y),
    "index_shards": lambda model: index_shards(""),
    "Shards.open": lambda model: Shards.open(""),
    "read_npz": lambda model: read_npz(""),
    "read_arrays": lambda model: read_arrays(""),
}


@pytest.mark.parametrize("call", PYTHON)
def test_an_empty_path_is_refused_in_python(here, model, call):
    with pytest.raises(ParameterError, match=r"(path|folder|checkpoint) must .*got ''"):
        PYTHON[call](model)
    assert {path.name for path in here.iterdir()} == {"X.npy", "d.npz"}


COMMANDS = [
    (["train", "d.npz", "--out", ""], "--out"),
    (["train", "d.npz", "--out="], "--out"),
    (["train", ""], "the first argument"),
    (["train", "--resume", ""], "--resume"),
    (["train", "d.npz", "--recipe", ""], "--recipe"),
    (["train", "d.npz", "--set", "checkpoint="], "checkpoint"),
    (["predict", "m", "X.npy", "--out", ""], "--out"),
    (["predict", "", "X.npy"], "the first argument"),
    (["predict", "m", ""], "what follows 'm'"),
    (["evaluate", "m", ""], "what follows 'm'"),
    (["summary", ""], "the first argument"),
    (["pack", "d.npz", ""], "what follows 'd.npz'"),
]


@pytest.mark.parametrize(("command", "name"), COMMANDS, ids=[" ".join(c) for c, _ in COMMANDS])
def test_an_empty_path_is_refused_on_the_command_line(here, model, capsys, command, name):
    model.save("m")
    assert run(command) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"foveal: error: {name} must")
    assert said.err.count("\n") == 1
    assert {path.name for path in here.iterdir()} == {"X.npy", "d.npz", "m"}
