import json
import shutil

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, precision_recall_fscore_support, r2_score, root_mean_squared_error

import foveal as library
from foveal.data.dataset import Dataset
from foveal.data.named import NAMED, load_dataset
from foveal.fitted.measure import measure


def test_classes_on_the_test_part(foveal, trained):
    told = json.loads(foveal("evaluate", trained, "digits", "--json").out)
    model, data = library.load(trained / "model.safetensors"), load_dataset("digits")
    predicted = model.predict(data.X_test)
    assert (told["part"], told["rows"]) == ("test", 360)
    assert told["score"] == told["accuracy"] == model.score(data.X_test, data.y_test)
    expected = np.array(precision_recall_fscore_support(data.y_test, predicted))
    got = np.array([(c["precision"], c["recall"], c["rows"]) for c in told["classes"]]).T
    np.testing.assert_allclose(got, expected[[0, 1, 3]])
    assert [c["label"] for c in told["classes"]] == list(range(10))


def test_with_views_it_is_the_measure_of_their_mean(foveal, trained):
    told = json.loads(foveal("evaluate", trained, "digits", "--tta", "shift", "--json").out)
    model, data = library.load(trained / "model.safetensors"), load_dataset("digits")
    assert told["accuracy"] == (model.predict(data.X_test, tta="shift") == data.y_test).mean()
    assert told["tta"] == ["shift"]
    assert foveal("evaluate", trained, "digits", "--tta", "shift").out.splitlines()[2].split() == ["tta", "shift"]
    result = foveal("evaluate", trained, "nothing.npz", "--tta", "flop")
    assert (result.code, result.out) == (2, "")
    assert "got 'flop'; did you mean 'flip'?" in result.one_line()


def test_the_tables(foveal, trained):
    result = foveal("evaluate", trained / "model.safetensors", "digits")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    facts = [line.split("  ", 1) for line in lines[:6]]
    assert [name for name, _ in facts] == [
        "model", "data", "accuracy", "negative log likelihood", "expected calibration error", "calibration",
    ]  # fmt: skip
    assert facts[1][1].strip() == "digits, test part, 360 rows"
    assert facts[2][1].strip().startswith("0.")
    assert lines[7].split() == ["class", "precision", "recall", "rows"]
    assert len(lines) == 18


def test_all_rows_where_there_is_no_test_part(foveal, train, files):
    train(files / "names.npz")
    result = foveal("evaluate", "runs/names", files / "names.npz")
    assert "names.npz, all rows (there is no test part), 120 rows" in result.out
    told = json.loads(foveal("evaluate", "runs/names", files / "names.npz", "--json").out)
    assert told["part"] == "all rows"
    assert [c["name"] for c in told["classes"]] == ["even", "odd, not even"]


@pytest.mark.parametrize("source", ["values.npz", "two_values.npz"])
def test_values(foveal, train, files, source):
    train(files / source, "--task", "regression", "--out", "run")
    told = json.loads(foveal("evaluate", "run", files / source, "--json").out)
    data, model = load_dataset(str(files / source)), library.load("run/model.safetensors")
    y, predicted = data.y_train, model.predict(data.X_train)
    assert told["r2"] == told["score"] == pytest.approx(r2_score(y, predicted))
    assert told["score"] == pytest.approx(model.score(data.X_train, y))
    assert told["mae"] == pytest.approx(mean_absolute_error(y, predicted))
    assert told["rmse"] == pytest.approx(np.sqrt(np.square(y - predicted).mean()))
    if source == "values.npz":
        assert told["rmse"] == pytest.approx(root_mean_squared_error(y, predicted))
    assert "classes" not in told


def test_a_target_that_does_not_vary_counts_as_in_scikit_learn(train, files):
    train(files / "two_values.npz", "--task", "regression", "--out", "run")
    data, model = load_dataset(str(files / "two_values.npz")), library.load("run/model.safetensors")
    y = np.array(data.y_train)
    y[:, 0] = 3.0
    assert measure(model.fitted_, data.X_train, y).score == pytest.approx(r2_score(y, model.predict(data.X_train)))


def test_labels(foveal, train, files):
    train(files / "labels.npz", "--out", "run")
    told = json.loads(foveal("evaluate", "run", files / "labels.npz", "--json").out)
    data, model = load_dataset(str(files / "labels.npz")), library.load("run/model.safetensors")
    assert told["subset_accuracy"] == told["score"] == model.score(data.X_train, data.y_train)
    recall = precision_recall_fscore_support(data.y_train, model.predict(data.X_train), zero_division=np.nan)[1]
    assert [c["recall"] for c in told["classes"]] == pytest.approx(recall)
    assert foveal("evaluate", "run", files / "labels.npz").out.splitlines()[2].startswith("subset accuracy  ")


def test_labels_that_the_model_does_not_know_count_as_wrong(trained):
    model, data = library.load(trained / "model.safetensors"), load_dataset("digits")
    y = np.array(data.y_test)
    y[:180] = 77
    measured = measure(model.fitted_, data.X_test, y)
    assert measured.score == (model.predict(data.X_test) == y).mean()
    assert (measured.classes[-1].label, measured.classes[-1].rows, measured.classes[-1].recall) == (77, 180, 0)
    assert np.isnan(measured.classes[-1].precision)


def test_names_of_classes_are_those_of_the_data_set(trained):
    model, data = library.load(trained / "model.safetensors"), load_dataset("digits")
    measured = measure(model.fitted_, data.X_test, data.y_test, tuple("abcdefghij"))
    assert [c.name for c in measured.classes] == list("abcdefghij")
    assert [c.label for c in measured.classes] == list(range(10))


def test_classes_are_matched_by_name_never_by_position(foveal, trained, monkeypatch):
    """The same rows under names in another order, with a class that the model does not know: the same scores."""
    data = load_dataset("digits")
    order = np.random.default_rng(0).permutation(11)
    names = np.array([*"0123456789", "ten"])[order]
    y = np.argsort(order)[np.where(np.arange(len(data.y_test)) < 20, 10, data.y_test)]
    other = Dataset("other", data.X_train, data.y_train, data.X_test, y, tuple(names.tolist()))
    monkeypatch.setitem(NAMED, "digits", lambda: other)
    told = json.loads(foveal("evaluate", trained, "digits", "--json").out)
    predicted = library.load(trained / "model.safetensors").predict(data.X_test)
    assert told["accuracy"] == (predicted == data.y_test)[20:].sum() / len(y)
    assert [c["name"] for c in told["classes"]] == [*"0123456789", "ten"]
    assert (told["classes"][-1]["rows"], told["classes"][-1]["recall"]) == (20, 0)


def test_a_model_of_names_meets_numbers_that_have_them(foveal, train, monkeypatch):
    digits = load_dataset("digits")
    words = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    named = Dataset("digits", digits.X_train, np.array(words)[digits.y_train])
    monkeypatch.setitem(NAMED, "digits", lambda: named)
    assert train("digits", "--epochs", "3", "--seed", "0", "--quiet", "--out", "named").code == 0
    order = words[::-1]
    y = 9 - digits.y_test
    monkeypatch.setitem(NAMED, "digits", lambda: Dataset("digits", digits.X_train, y, digits.X_test, y, order))
    told = json.loads(foveal("evaluate", "named", "digits", "--json").out)
    predicted = library.load("named/model.safetensors").predict(digits.X_test)
    assert told["accuracy"] == (predicted == np.array(words)[digits.y_test]).mean()
    assert told["accuracy"] > 0.2  # by position it would be less than chance


@pytest.mark.parametrize(
    ("source", "code", "message"),
    [
        ("names.npz", 3, "y holds none of the model's classes: it has 'even', 'odd, not even', the model 0, 1, 2"),
        ("values.npz", 3, "Unknown label type: continuous"),
        ("labels.npz", 3, "y must have the shape of the model's predictions, (120,)"),
    ],
)
def test_data_that_the_model_is_not_for(foveal, trained, files, source, code, message):
    result = foveal("evaluate", trained, files / source)
    assert (result.code, result.out) == (code, "")
    assert message in result.one_line()


def test_files_that_are_no_models(foveal, trained, files, tmp_path):
    (tmp_path / "text").write_text("this is no model file")
    (tmp_path / "empty").mkdir()
    for model, message in (
        ("nothing", "cannot read the model nothing: No such file or directory"),
        ("text", "text is not a foveal model"),
        ("empty", "empty holds no model.safetensors; give a model file, or the folder of a training run"),
        (files / "names.npz", "is not a foveal model"),
    ):
        result = foveal("evaluate", model, "digits")
        assert (result.code, result.out) == (4, "")
        assert message in result.one_line()


def test_a_damaged_model(foveal, trained, tmp_path):
    shutil.copytree(trained, tmp_path / "run")
    path = tmp_path / "run" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-3])
    assert foveal("evaluate", "run", "digits").code == 4


@pytest.mark.parametrize("verb", ["evaluate", "predict"])
@pytest.mark.parametrize("source", ["digits", "fashion-mnist"])
def test_a_data_set_in_the_models_place_is_said(foveal, trained, verb, source):
    result = foveal(verb, source, trained)
    assert result.code == 4
    assert result.one_line().startswith(f"{source} is a data set, and a model was expected; the model comes first")


def test_a_data_set_that_is_not_there(foveal, trained):
    result = foveal("evaluate", trained, "digist")
    assert result.code == 3
    assert result.one_line().endswith("did you mean 'digits'?")
