"""The network that a fit begins with: its scaling from the weights or from the rows, and what a run is known by."""

import numpy as np
import pytest
import torch

from foveal.core.parameters import PARAMETERS
from foveal.data.rows import Rows
from foveal.fitting.beginning import begin
from foveal.fitting.inputs import Machine
from foveal.tasks.classification import CLASSIFICATION
from foveal.tasks.kind import Problem

MACHINE = Machine(torch.device("cpu"), "float32")
PROBLEM = Problem(CLASSIFICATION, 2, np.array(["cat", "dog"]))
ROWS = Rows(np.random.default_rng(0).integers(0, 256, (10, 6, 6, 1), dtype=np.uint8))
SMALL = {"in_channels_list": (None, 2), "out_channels": 2, "in_features_list": (None, 3)}


def begun(**parameters):
    p = {p.name: p.default for p in PARAMETERS.values()} | SMALL | parameters
    return begin(p, ROWS, np.arange(8), PROBLEM, None, MACHINE, 0)


def test_without_weights_it_is_built_and_scaled_by_the_training_rows():
    found = begun()
    assert (found.weights, found.identified, found.about, found.said) == (None, {}, {}, ())
    assert float(found.net.input.mean) == pytest.approx(ROWS.X[:8].mean() / 255, abs=1e-6)


def test_a_state_dict_that_says_nothing_of_its_input_leaves_the_scale_to_the_rows(tmp_path):
    torch.save(begun().net.get_submodule("body").state_dict(), tmp_path / "a.pth")
    found = begun(weights=tmp_path / "a.pth")
    assert float(found.net.input.mean) == pytest.approx(ROWS.X[:8].mean() / 255, abs=1e-6)
    assert found.said == ("weights='a.pth': the head (head) is kept",)
    assert found.identified == {"weights": f"sha256:{found.about['sha256']}"}
    assert found.about["name"] == "a.pth"
