import numpy as np
import pytest

from foveal import CNNClassifier, load
from foveal.report.cost import filters, network, sheet


@pytest.fixture(scope="module")
def fitted(digits_run):
    return load(digits_run / "model.safetensors").fitted_


def test_layers_are_those_of_the_summary_and_each_took_time(fitted):
    found = network(fitted)
    assert found["multiply_adds"] == sum(layer["multiply_adds"] for layer in found["layers"])
    assert found["parameters"] == sum(layer["parameters"] for layer in found["layers"])
    timed = [layer for layer in found["layers"] if layer["seconds"] is not None]
    assert len(timed) >= 4
    assert all(0 < layer["seconds"] < 1 for layer in timed)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in fitted.net.modules())


def test_filters_are_of_the_first_convolution(fitted):
    folder: dict[str, bytes] = {}
    found = filters(fitted, folder)
    assert (found["shown"], found["of"], found["size"]) == (8, 8, [3, 3])
    assert folder["pictures/filters.png"].startswith(b"\x89PNG")


def test_signals_have_no_sheet():
    X = np.random.default_rng(0).random((8, 20, 1), np.float32)
    model = CNNClassifier(n_epochs=1, random_state=0, layout="NLC").fit(X, np.arange(8) % 2)
    assert filters(model.fitted_, {}) is None


def test_a_sheet_keeps_signs():
    weight = np.zeros((4, 3, 3, 3), np.float32)
    weight[1, :, 0, 0], weight[2, :, 0, 0] = 2.0, -2.0
    page = sheet(weight)
    assert page[0, 0].tolist() == 3 * [127]
    assert page[0, 19].tolist() == 3 * [255]
    assert page[0, 38].tolist() == 3 * [0]
