import json
import os

import numpy as np
import torch

import foveal as library


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
