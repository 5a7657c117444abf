import json

import numpy as np
import pytest
import sklearn

from foveal import CNNClassifier, CNNRegressor
from foveal.estimators.display import MOST_EPOCHS, History, facts_of


@pytest.fixture(scope="module")
def model():
    X = np.random.default_rng(0).normal(size=(60, 6, 6))
    y = np.array(["<b>cat</b>", "dog"])[np.arange(60) % 2]
    return CNNClassifier(n_epochs=3, random_state=0, in_channels_list=(None, 4), out_channels=4).fit(X, y)


def test_an_estimator_shows_what_its_fit_has_left(model):
    facts = dict(facts_of(model.fitted_))
    assert facts["kind"] == "classification"
    assert facts["row"] == "(1, 6, 6)"
    assert facts["classes"] == "2: <b>cat</b>, dog"
    assert facts["epochs"].endswith("kept is 3")
    assert facts["valid score"] == f"{model.history_['valid_score'][-1]:.4g}"
    for shown in (model._repr_html_(), model._repr_mimebundle_()["text/html"]):
        own = shown[shown.index("<caption>fitted</caption>") :]
        assert "&lt;b&gt;cat&lt;/b&gt;" in own
        assert "<b>cat" not in own


def test_before_fit_there_are_no_facts(model):
    assert "<caption>" not in CNNClassifier()._repr_html_()
    with sklearn.config_context(display="text"):
        assert "text/html" not in model._repr_mimebundle_()


def test_values_have_no_classes():
    X = np.random.default_rng(0).normal(size=(30, 6))
    fitted = CNNRegressor(n_epochs=1, valid_size=0.0).fit(X, X[:, 0]).fitted_
    facts = dict(facts_of(fitted))
    assert "classes" not in facts
    assert facts["valid score"] == "-"


def test_a_history_is_a_dict_and_a_table(model):
    history = model.history_
    assert history == model.fitted_.history
    assert json.loads(json.dumps(history)) == history
    shown = history._repr_html_()
    assert "<caption>3 epochs</caption>" in shown
    assert shown.count("<tr>") == 4
    assert f">{history['train_loss'][0]:.4g}<" in shown


def test_of_a_long_history_both_ends_are_shown():
    shown = History({"epoch": list(range(1, 101)), "train_loss": [0.5] * 100})._repr_html_()
    assert shown.count("<tr>") == MOST_EPOCHS + 2
    assert ">15<" in shown
    assert ">86<" in shown
    assert ">50<" not in shown
    assert "0 epochs" in History({})._repr_html_()


def test_a_summary_is_a_table_of_the_same_cells(model):
    summary = model.summary()
    shown = summary._repr_html_()
    for layer in summary.layers:
        assert f">{layer.name}<" in shown
    assert f">{summary.parameters:,}<" in shown
    assert f">{summary.multiply_adds:,}<" in shown
