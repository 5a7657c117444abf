"""What is given to `load` in place of a model file is told by name, with what to load instead."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

import foveal
from foveal import CNNClassifier
from foveal.cli.main import run
from foveal.core.errors import ModelFileError
from foveal.data.packing import write_shards
from foveal.fitted.mistaken import refuse_mistaken

X, Y = np.random.default_rng(0).normal(size=(24, 6, 6)), np.arange(24) % 2
SMALL = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8), "n_epochs": 1}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run_folder() -> str:
    np.savez("d.npz", X=X, y=Y)
    assert run(["train", "d.npz", "--epochs", "1", "--out", "runs/d", "--quiet"]) == 0
    return "runs/d"


def checkpoints() -> str:
    CNNClassifier(**SMALL, checkpoint="kept").fit(X, Y)
    return "kept"


def checkpoint() -> str:
    return str(next(Path(checkpoints()).glob("*.safetensors")))


def unfinished() -> str:
    CNNClassifier(**SMALL, checkpoint="run/checkpoints").fit(X, Y)
    return "run"


def shards() -> str:
    write_shards("pack", X, Y)
    return "pack"


def pack() -> str:
    write_shards("packed/train", X, Y)
    return "packed"


def saved(name: str):
    def make() -> str:
        net = torch.nn.Linear(2, 3)
        if name.endswith(".safetensors"):
            safetensors.torch.save_file(net.state_dict(), name, {"format": "pt"})
        elif name == "old.pth":
            torch.save(net.state_dict(), name, _use_new_zipfile_serialization=False)
        elif name.endswith(".pth"):
            torch.save(net.state_dict(), name)
        elif name.endswith(".pkl"):
            Path(name).write_bytes(pickle.dumps(net.state_dict()))
        elif name.endswith(".h5"):
            Path(name).write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
        else:
            (np.save if name.endswith(".npy") else np.savez)(name, X)
        return name

    return make


def own_folder() -> str:
    Path("models").mkdir()
    CNNClassifier(**SMALL).fit(X, Y).save("models/mine.safetensors")
    return "models"


def empty() -> str:
    Path("empty").mkdir()
    return "empty"


CASES = [
    (run_folder, r"runs/d is a folder, .* load runs/d/model\.safetensors"),
    (checkpoints, r"kept is a folder, .*foveal train --resume goes on with it, or fit with checkpoint="),
    (checkpoint, r"kept/checkpoint-.* is a safetensors file, but not a foveal model: it is a checkpoint; .* goes on"),
    (unfinished, r"run is a folder, .*not finished"),
    (shards, r"pack is a folder, .* holds data, which foveal\.data\.named\.load_dataset reads"),
    (pack, r"packed is a folder, .* holds data"),
    (saved("net.pth"), r"net\.pth is not a foveal model: .*PyTorch file .*, net=..., weights=PATH"),
    (saved("old.pth"), r"old\.pth is not a foveal model: it is a pickle, .*, net=..., weights=PATH"),
    (saved("net.pkl"), r"net\.pkl is not a foveal model: it is a pickle"),
    (saved("d.npz"), r"d\.npz is not a foveal model: .*an \.npz of arrays, which foveal\.data\.named\.load_dataset"),
    (saved("d.npy"), r"d\.npy is not a foveal model: it is an array, which numpy\.load reads"),
    (saved("keras.h5"), r"keras\.h5 is not a foveal model: it is an HDF5 file"),
    (
        saved("net.safetensors"),
        r"net\.safetensors is a safetensors file, but not a .*: it holds tensors only",
    ),
    (own_folder, r"models is a folder, and a model is a file; load models/mine\.safetensors"),
    (empty, r"empty is a folder, and a model is a file; name the file that save\(\) wrote"),
    (lambda: "nowhere", "cannot read the model nowhere: No such file or directory"),
]


@pytest.mark.parametrize("length", [0x80, 0x280, 0x480, 0x580])
def test_a_header_whose_length_begins_like_a_pickle_is_none(here, length):
    Path("m").write_bytes(length.to_bytes(8, "little") + b"{" + bytes(length))
    refuse_mistaken(Path("m"))


@pytest.mark.parametrize(("make", "message"), CASES, ids=[message[:22] for _, message in CASES])
def test_it_is_told_by_name(here, make, message):
    with pytest.raises(ModelFileError, match=message) as caught:
        foveal.load(make())
    assert "\n" not in str(caught.value)
