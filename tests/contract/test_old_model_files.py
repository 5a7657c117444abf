"""Model files of versions 1 and 2, written by the code of their time, load and predict what they did."""

from pathlib import Path

import numpy as np
import pytest

import foveal
from foveal.fitted.upgrades import UPGRADES, VERSION

FILES = Path(__file__).parent / "model_files"
OLD = [(version, path.stem) for version in UPGRADES for path in sorted((FILES / f"version{version}").glob("*.safe*"))]


@pytest.fixture(params=OLD, ids=lambda case: f"{case[0]}-{case[1]}")
def old(request):
    version, name = request.param
    expected = np.load(FILES / f"version{version}" / "expected.npz")
    model = foveal.load(FILES / f"version{version}" / f"{name}.safetensors").set_params(kernels="off")
    model.fitted_.settings["kernels"] = "off"  # as they were predicted
    return model, expected[f"{name}.X"], expected[f"{name}.out"]


def outputs(model, X):
    return model.decision_function(X) if hasattr(model, "decision_function") else model.predict(X)


def test_it_predicts_what_it_did(old):
    model, X, expected = old
    np.testing.assert_allclose(outputs(model, X), expected, rtol=1e-5, atol=1e-6)  # processors round differently


def test_it_is_saved_as_a_file_of_today_and_predicts_the_same_bits(old, tmp_path):
    model, X, _ = old
    model.save(tmp_path / "m")
    again = foveal.load(tmp_path / "m")
    again.fitted_.settings["kernels"] = "off"
    np.testing.assert_array_equal(outputs(again, X), outputs(model, X))
    assert again.fitted_.kept_epoch == model.fitted_.kept_epoch == model.n_epochs_ == 2
    assert again.history_ == model.history_


def test_it_goes_on_learning(old):
    model, X, _ = old
    y = model.predict(X)
    assert model.partial_fit(X, y).n_epochs_ == 3


def test_every_version_but_todays_can_be_raised():
    assert sorted(UPGRADES) == list(range(1, VERSION))
    assert {version for version, _ in OLD} == set(UPGRADES)
    assert len(OLD) == 12
