import csv
import json
import shutil
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import foveal as library
from foveal.core.parameters import COMMON
from foveal.data import signal_sets
from foveal.train.report import COLUMNS

from .conftest import SMALL

FILES = {"model.safetensors", "config.toml", "history.csv", "results.json"}
#: What is made of them at the end.
REPORT = {"report.html", "model_card.md", "pictures"}


def names(folder) -> set[str]:
    return {path.name for path in Path(folder).iterdir()}


def same_weights(a, b) -> bool:
    a, b = load_file(Path(a, "model.safetensors")), load_file(Path(b, "model.safetensors"))
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_a_run_leaves_its_folder(train):
    result = train("digits", "--epochs", 2, "--seed", 5)
    assert result.code == 0
    assert names("runs/digits") == FILES

    model = library.load("runs/digits/model.safetensors")
    assert type(model).__name__ == "CNNClassifier"
    assert model.verbose == 0

    with Path("runs/digits/history.csv").open() as file:
        history = list(csv.DictReader(file))
    assert tuple(history[0]) == COLUMNS
    assert [row["epoch"] for row in history] == ["1", "2"]
    assert [float(row["valid_score"]) for row in history] == model.history_["valid_score"]

    config = tomllib.loads(Path("runs/digits/config.toml").read_text())
    assert config.keys() == {*COMMON, "run", "versions"}
    assert (config["random_state"], config["n_epochs"], config["in_channels_list"]) == (5, 2, ["none", 4])
    assert config["run"]["source"] == "digits"
    assert {"foveal", "torch", "numpy", "scikit-learn", "python"} <= config["versions"].keys()

    metrics = json.loads(Path("runs/digits/results.json").read_text())
    data = library.data.named.load_dataset("digits")
    assert metrics["test_score"] == metrics["test"]["accuracy"] == model.score(data.X_test, data.y_test)
    assert metrics["test"]["rows"] == len(data.y_test)
    assert metrics["parameters"] == model.summary().parameters
    assert metrics["valid_score"] == model.history_["valid_score"][-1]
    assert (metrics["seed"], metrics["epochs"], metrics["interrupted"]) == (5, 2, False)


def test_the_table_after_the_training(train):
    result = train("digits", "--epochs", 2, "--seed", 5)
    shown = dict(line.split(maxsplit=1) for line in result.out.splitlines())
    assert list(shown) == ["results", "accuracy", "epochs", "speed", "parameters", "seed", "calibration"]
    metrics = json.loads(Path("runs/digits/results.json").read_text())
    assert shown["results"] == "runs/digits"
    assert shown["accuracy"] == "   ".join(f"{p} {metrics[f'{p}_score']:.4f}" for p in ("train", "valid", "test"))
    assert shown["seed"] == "5"
    assert shown["calibration"] == metrics["calibration"]
    assert shown["speed"].endswith(" images/s")
    assert [line[:9] for line in result.err.splitlines()] == ["epoch 1/2", "epoch 2/2"]


def test_json_is_alone_on_stdout(train):
    result = train("digits", "--json")
    told = json.loads(result.out)
    assert told == json.loads(Path(told["paths"]["results"]).read_text())
    assert set(told["paths"]) == {"model", "config", "history", "results"}
    assert all(Path(path).is_file() for path in told["paths"].values())
    assert result.err.startswith("epoch 1/1")


def test_json_has_null_where_nothing_was_measured(train, files):
    told = json.loads(train(files / "names.npz", "--json", "--quiet", "--set", "valid_size=0").out)
    assert (told["valid_score"], told["valid_loss"], told["test"], told["test_score"]) == (None, None, None, None)
    with Path(told["paths"]["history"]).open() as file:
        assert next(csv.DictReader(file))["valid_loss"] == ""


def test_quiet_says_nothing(train):
    assert train("digits", "--quiet") == (0, "", "")
    assert tomllib.loads(Path("runs/digits/config.toml").read_text())["verbose"] == 1


def test_progress_can_be_set(train):
    assert train("digits", "--set", "verbose=0").err == ""


def test_config_repeats_the_run_bit_for_bit(train):
    assert train("digits", "--set", "augment=shift", "--set", "class_weight={0: 2, 3: 0.5}", "--out", "a").code == 0
    assert train("digits", "--recipe", "a/config.toml", "--out", "b").code == 0
    assert same_weights("a", "b")
    assert Path("a/config.toml").read_text() == Path("b/config.toml").read_text()
    assert train("digits", "--recipe", "a/config.toml", "--seed", 1, "--out", "c").code == 0
    assert not same_weights("a", "c")


def test_the_command_line_trains_what_the_library_trains(train):
    train("digits", "--seed", 3)
    data = library.data.named.load_dataset("digits")
    sizes = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8)}
    model = library.CNNClassifier(**sizes, n_epochs=1, random_state=3).fit(data.X_train, data.y_train)
    model.save("library.safetensors")
    Path("library").mkdir()
    Path("library.safetensors").rename("library/model.safetensors")
    assert same_weights("runs/digits", "library")


def test_a_fresh_seed_is_drawn_and_recorded(train):
    train("digits", "--quiet")
    train("digits", "--quiet")
    seeds = [tomllib.loads(Path(f"runs/{n}/config.toml").read_text())["random_state"] for n in ("digits", "digits-2")]
    assert seeds[0] != seeds[1]


def test_folders_are_numbered_where_the_name_is_taken(train):
    Path("runs/digits").mkdir(parents=True)  # empty: it is used
    for expected in ("runs/digits", "runs/digits-2", "runs/digits-3"):
        told = json.loads(train("digits", "--json", "--quiet").out)
        assert told["paths"]["model"] == f"{expected}/model.safetensors"


def test_a_model_is_not_overwritten_without_force(train, trained):
    folder = Path("kept")
    shutil.copytree(trained, folder)
    before = (folder / "model.safetensors").read_bytes()
    result = train("digits", "--out", folder)
    assert result.code == 2
    assert result.one_line() == (
        "--out kept already holds a model.safetensors; choose another folder, or --force to replace it"
    )
    assert (folder / "model.safetensors").read_bytes() == before
    assert train("digits", "--out", folder, "--force").code == 0
    assert (folder / "model.safetensors").read_bytes() != before


@pytest.fixture
def no_data(monkeypatch):
    """Fail where the data would be loaded, which comes before the training."""

    def load(source):
        raise AssertionError("too late")

    monkeypatch.setattr("foveal.cli.training.load_dataset", load)


@pytest.mark.parametrize("out", ["file/run", "file", "/proc/foveal/run"])
def test_an_unwritable_folder_is_found_before_anything_else(train, no_data, out):
    Path("file").write_text("")
    result = train("digits", "--out", out)
    assert result.code == 5
    assert result.one_line().startswith(f"cannot write in {out}: ")
    assert result.one_line().endswith("; choose another folder with --out")
    assert names(".") == {"file"}


def test_wrong_parameters_are_found_before_anything_else(train, no_data):
    result = train("digits", "--set", "batch_sze=3")
    assert (result.code, result.one_line()) == (2, "unknown parameter 'batch_sze'; did you mean 'batch_size'?")
    assert train("digits", "--task", "regresion").one_line().endswith("did you mean 'regression'?")
    assert "random_state must be" in train("digits", "--seed", -1).one_line()
    assert names(".") == set()


@pytest.mark.parametrize(
    ("source", "args", "code", "message"),
    [
        ("digist", [], 3, "did you mean 'digits'?"),
        ("missing.npz", [], 3, "missing.npz: expected a file, found nothing there"),
        ("values.npz", [], 3, "Unknown label type: continuous"),
        ("dates.npz", [], 2, "the label datetime.date(2020, 1, 1) in y cannot be saved"),
        ("names.npz", ["--test"], 3, "--test: names has no test part; leave --test out, or give X_test and y_test"),
        ("names.npz", ["--task", "labels"], 2, "is for several labels a row, but y has one class a row"),
        ("tested.npz", ["--task", "regression", "--set", "loss=hinge"], 2, "loss='hinge' does not fit regression"),
        ("tested.npz", ["--task", "classification", "--set", "loss=mse"], 2, "loss='mse' does not fit classification"),
        ("tested.npz", ["--set", "layout=NCHW"], 2, "layout='NCHW' names 4 axes, but X has 3"),
        ("other_shape.npz", [], 3, "X_test must have rows like those to train on, (8, 8), got (4, 8)"),
        ("other_classes.npz", [], 3, "y_test holds none of the model's classes"),
        ("nan.npz", [], 3, "Input X_test contains NaN, first in row 0"),
        ("digits", ["--validation", "nowhere"], 3, "--validation: data set must be one of 'basic-motions', "),
        ("digits", ["--validation", "no.npz"], 3, "--validation: no.npz: expected a file, found nothing there"),
    ],
)
def test_what_cannot_work_is_refused_before_training_and_leaves_nothing(train, files, source, args, code, message):
    result = train(files / source if (files / source).exists() else source, *args)
    assert result.code == code
    assert message in result.one_line()
    assert names(".") == set()


def test_a_bad_test_part_does_not_matter_where_it_is_not_used(train, files):
    assert json.loads(train(files / "nan.npz", "--no-test", "--json").out)["test"] is None


def test_parameters_that_cannot_be_saved(train, monkeypatch):
    monkeypatch.setattr("foveal.cli.train.gather", lambda *_: {"loss": print, "task": "classification"})
    result = train("digits")
    assert (result.code, result.one_line()[:28]) == (2, "loss=<built-in function prin")
    assert names(".") == set()


@pytest.mark.parametrize(
    ("source", "args", "estimator", "metric"),
    [
        ("names.npz", [], "CNNClassifier", "accuracy"),
        ("labels.npz", [], "CNNClassifier", "subset accuracy"),
        ("labels.npz", ["--task", "labels"], "CNNClassifier", "subset accuracy"),
        ("values.npz", ["--set", "loss=huber"], "CNN", "R2"),
        ("two_values.npz", ["--task", "regression"], "CNNRegressor", "R2"),
        ("tested.npz", ["--task", "regression"], "CNNRegressor", "R2"),
    ],
)
def test_every_kind_of_problem_trains_and_repeats(train, files, source, args, estimator, metric):
    told = json.loads(train(files / source, *args, "--json", "--out", "a").out)
    assert (told["estimator"], told["metric"]) == (estimator, metric)
    assert train(files / source, "--recipe", "a/config.toml", "--out", "b").code == 0
    assert same_weights("a", "b")


def test_early_stopping_reports_the_epoch_that_was_kept(train):
    told = json.loads(train("digits", "--epochs", 5, "--set", "early_stopping=true", "--json", "--seed", 0).out)
    scores = library.load(told["paths"]["model"]).history_["valid_score"]
    assert told["kept_epoch"] == int(np.argmax(scores)) + 1
    assert told["valid_score"] == max(scores)


def test_a_recipe_that_is_not_there(train):
    result = train("digits", "--recipe", "no.toml")
    assert result.code == 2
    assert result.one_line() == (
        "--recipe no.toml: cannot be read (No such file or directory); give a TOML file, or the name of a recipe: "
        "fast, auto"
    )


def test_signals_by_name_bring_their_layout(foveal, train, monkeypatch, tmp_path):
    folder = tmp_path / "cache" / "basic-motions"
    folder.mkdir(parents=True)
    rows = "".join(f"{i},2,3,4:5,6,7,{i}:{'ab'[i % 2]}\n" for i in range(8))
    for part in ("TRAIN", "TEST"):
        (folder / f"BasicMotions_{part}.ts").write_text("@classLabel true a b\n@data\n" + rows)
    monkeypatch.setattr(signal_sets, "find_spec", lambda name: None)
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path / "cache"))
    assert train("basic-motions", "--out", "run", "--quiet").err == ""  # and nothing is said of grey pictures of 2 x 4
    model = library.load("run/model.safetensors")
    assert (model.layout_, model.input_shape_) == ("NCL", (2, 4))
    assert foveal("summary", "basic-motions").out.startswith("input (2, 4)")
    assert "X are signals" in foveal("augment", "basic-motions", "--out", "page.png").err
    assert foveal("train", "basic-motions", "--set", "layout=NLC", "--out", "other", *SMALL, "--epochs", 1).code == 0
    assert library.load("other/model.safetensors").input_shape_ == (4, 2)
