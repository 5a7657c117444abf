import json

import numpy as np
import pytest

from foveal import load
from foveal.data.named import load_dataset
from foveal.fitted.measure import compared
from foveal.report import mistakes as room
from foveal.report.judged import Judged
from foveal.report.mistakes import OF_A_PAIR, SHOWN, how_bad, method_for, mistakes, suspicious


@pytest.fixture(scope="module")
def judged(digits_run):
    fitted, data = load(digits_run / "model.safetensors").fitted_, load_dataset("digits")
    measures, predicted, truth = compared(fitted, data.X_test, data.y_test)
    return Judged(fitted, "test", data.X_test, truth, predicted, measures)


def test_the_surest_wrong_answers_come_first(judged):
    folder: dict[str, bytes] = {}
    shown = mistakes(judged, folder)["mistakes"]
    assert 0 < len(shown) <= SHOWN
    assert all(line["truth"] != line["predicted"] for line in shown)
    sure = [line["probability"] for line in shown]
    assert sure == sorted(sure, reverse=True)
    chances = judged.fitted.task.probabilities
    assert chances is not None
    bad = how_bad(judged)
    assert sure[0] == pytest.approx(bad.max())
    pairs = [(line["truth"], line["predicted"]) for line in shown]
    assert max(map(pairs.count, pairs)) <= OF_A_PAIR
    assert {line["picture"] for line in shown} <= set(folder)


def test_a_right_answer_is_no_mistake(judged):
    assert ((how_bad(judged) > 0) == (judged.truth != judged.predicted)).all()


def test_labels_that_were_changed_are_suspected(judged):
    from dataclasses import replace

    right = np.flatnonzero(judged.truth == judged.predicted)
    sure = right[np.argsort(-judged.chances[right].max(1))][:10]
    truth = judged.truth.copy()
    truth[sure] = (truth[sure] + 1) % 10
    found = suspicious(replace(judged, truth=truth))
    assert set(sure) <= set(found[:20])


def test_places_show_which_are_wrong(masks_run):
    found = json.loads((masks_run / "results.json").read_text())
    assert found["explained_by"] == "what is wrong"
    assert all((masks_run / line["explained"]).is_file() for line in found["mistakes"])


def test_values_that_are_farthest_off(values_run):
    found = json.loads((values_run / "results.json").read_text())["mistakes"]
    distances = [abs(line["truth"] - line["predicted"]) for line in found]
    assert distances == sorted(distances, reverse=True)


def test_what_explains_is_chosen_by_what_is_there_and_what_it_costs(judged, monkeypatch):
    assert method_for(judged) == "occlusion"
    monkeypatch.setattr(room, "WORK", 1000)
    assert method_for(judged) == "grad_cam"
    monkeypatch.undo()
    monkeypatch.setattr(room, "find_spec", lambda name: None)
    assert method_for(judged) == "grad_cam"


def test_a_row_of_several_values_is_not_explained(judged, monkeypatch):
    monkeypatch.setattr(room, "_can_explain", lambda judged: False)
    assert method_for(judged) is None
    assert all("explained" not in line for line in mistakes(judged, {})["mistakes"])


def test_the_probabilities_of_places_are_not_kept(masks_run, monkeypatch):
    fitted = load(masks_run / "model.safetensors").fitted_
    X, y = np.load(masks_run.parent / "masks.npz")["X"], np.load(masks_run.parent / "masks.npz")["y"]
    rows = Judged(fitted, "test", X, y, y, None)
    assert suspicious(rows) is None
    assert "outputs" not in vars(rows)
