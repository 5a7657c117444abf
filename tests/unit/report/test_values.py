import json

import numpy as np
import pytest


def test_errors_are_those_of_the_predictions(values_run):
    from foveal import load
    from foveal.data.named import load_dataset
    from foveal.fitting.held_out import held_out

    results = json.loads((values_run / "results.json").read_text())
    model, data = load(values_run / "model.safetensors"), load_dataset(str(values_run.parent / "values.npz"))
    model.set_params(random_state=0)
    valid = held_out(model._request({}), data.X_train, data.y_train)[1]
    errors = np.abs(model.predict(data.X_train[valid]) - data.y_train[valid])
    found = results["errors"][0]
    assert found["mean_error"] == pytest.approx(errors.mean())
    assert found["median_error"] == pytest.approx(np.median(errors))
    assert found["error_of_95_percent"] == pytest.approx(np.quantile(errors, 0.95))
    assert found["mean_error_interval"][0] < found["mean_error"] < found["mean_error_interval"][1]
    assert len(found["scatter"]) == len(valid)


def test_classes_have_none(results):
    assert "errors" not in results
