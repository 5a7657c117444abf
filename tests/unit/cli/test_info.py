import json
import os

import numpy as np
import pytest
import torch

import foveal as library
from benchmarks import machine
from foveal.cli.info import versions


def test_info(foveal, monkeypatch):
    monkeypatch.setenv("FOVEAL_CACHE", "/somewhere")
    told = json.loads(foveal("info", "--json").out)
    assert (told["foveal"], told["torch"], told["numpy"]) == (library.__version__, torch.__version__, np.__version__)
    assert told["threads"] == torch.get_num_threads()
    assert told["cores"] == len(os.sched_getaffinity(0))
    assert told["cache"] == "/somewhere"
    assert told["device"] in ("cpu", "cuda")
    assert told["scikit-learn"]


def test_as_a_table(foveal):
    result = foveal("info")
    assert (result.code, result.err) == (0, "")
    shown = [line.split("  ")[0] for line in result.out.splitlines()]
    assert shown == list(json.loads(foveal("info", "--json").out))


@pytest.mark.parametrize("build", ["2.13.0+cu130", "2.13.0+cpu", "2.13.0", "2.14.0a0+git1234567"])
def test_torchs_version_names_its_build(monkeypatch, build):
    """PyTorch's default build for Linux is 2.13.0 to its package's metadata, and 2.13.0+cu130 to itself."""
    monkeypatch.setattr(torch, "__version__", build)
    assert versions()["torch"] == build
    assert machine.describe()["versions"]["torch"] == build
