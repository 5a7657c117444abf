"""`foveal train --cv`: folds, a table, files; interrupted and gone on with it gives the same."""

import csv
import json
import tomllib
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import foveal as library
from foveal.compare import baselines, cross_validate
from foveal.compare import plan as planning
from foveal.core.errors import DataError
from foveal.data.named import load_dataset

from .conftest import SMALL
from .pictures import folders, table
from .test_train import names

SIZES = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8), "n_epochs": 1}
CV_FILES = {"cv.json", "folds.csv", "config.toml"}


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    """Grow ten trees, and keep decoded pictures in the test's folder."""
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path / "cache"))
    trees = partial(baselines.extra_trees, trees=10)
    fewer = [(n, trees if "trees" in n else function, learns) for n, function, learns in baselines.FOR_CLASSES]
    monkeypatch.setattr(baselines, "FOR_CLASSES", fewer)


def told(folder="run"):
    return json.loads(Path(folder, "cv.json").read_text())


def without_times(content):
    folds = [{name: value for name, value in fold.items() if name != "seconds"} for fold in content["folds"]]
    return {name: content[name] for name in ("table", "verdict", "said", "identity", "finished")} | {"folds": folds}


def stop_in_fold(monkeypatch, number, error=KeyboardInterrupt):
    """Break off in a fold, counted from 1."""
    trained = planning._trained

    def until(plan, fold, place, began):
        if place + 1 == number:
            raise error
        return trained(plan, fold, place, began)

    monkeypatch.setattr(planning, "_trained", until)


def test_what_it_leaves_and_prints(train, files):
    result = train(files / "tested.npz", "--cv", "2x2", "--seed", 3, "--out", "run")
    assert result.code == 0
    assert names("run") == CV_FILES
    found = told()
    assert (found["cv"], found["metric"], found["seed"], found["finished"]) == ("2x2", "accuracy", 3, True)
    lines = result.out.splitlines()
    assert lines[0].split() == ["results", "run"]
    assert lines[2].endswith("tested.npz --recipe run/config.toml trains one on all rows")
    header = next(i for i, line in enumerate(lines) if line.startswith("2x2 folds"))
    assert lines[header + 1].split()[:2] == ["network", f"{found['table']['network']['mean']:.4f}"]
    assert lines[header + 5 :] == [*found["said"], *found["verdict"].split("; ")]
    said = result.err.splitlines()
    assert said[0] == "foveal: folds are of the training part; the test part, 20 rows, is left alone"
    assert [line[:11] for line in said[1:]] == [f"fold {i} of 4" for i in range(1, 5)]
    with Path("run/folds.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["network"]) for row in rows] == [fold["scores"]["network"] for fold in found["folds"]]
    assert rows[0]["rows_train"] == "60"


def test_it_is_what_the_function_gives(train, files):
    train(files / "tested.npz", "--cv", "2x2", "--seed", 3, "--out", "run", "--quiet")
    data = load_dataset(str(files / "tested.npz"))
    model = library.CNNClassifier(**SIZES, random_state=3)
    by_hand = cross_validate(model, data.X_train, data.y_train, folds="2x2", random_state=3)
    assert told()["table"] == json.loads(json.dumps(by_hand.as_dict()["table"]))


def test_json_is_alone_on_stdout(train, files):
    result = train(files / "tested.npz", "--cv", "2", "--json", "--no-baselines", "--out", "run")
    found = json.loads(result.out)
    assert list(found["table"]) == ["network"]
    assert found["paths"] == {"cv": "run/cv.json", "folds": "run/folds.csv", "config": "run/config.toml"}
    assert all(Path(path).is_file() for path in found["paths"].values())


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt, 130), (SystemExit(143), 143)])
def test_interrupted_and_gone_on_with_it_gives_the_same(train, foveal, files, monkeypatch, error, code):
    source = files / "tested.npz"
    assert train(source, "--cv", "2x2", "--seed", 3, "--out", "whole", "--quiet").code == 0
    with monkeypatch.context() as patched:
        stop_in_fold(patched, 3, error)
        result = train(source, "--cv", "2x2", "--seed", 3, "--out", "run")
    assert result.code == code
    said = "foveal: interrupted in fold 3 of 4; foveal train --resume run goes on with it"
    assert result.err.splitlines()[-1] == said
    assert names("run") == {"cv.json", "config.toml"}
    assert (told()["finished"], len(told()["folds"])) == (False, 2)

    message = train(source, "--cv", "2x2", "--out", "run").one_line()
    assert message == (
        "--out run holds a cross-validation that is not finished; foveal train --resume run goes on with it, --force "
        "begins anew"
    )
    again = foveal("train", "--resume", "run")
    assert again.code == 0
    assert "going on with fold 3 of 4" in again.err
    assert without_times(told()) == without_times(told("whole"))
    assert foveal("train", "--resume", "run").one_line().startswith("--resume run: the cross-validation there is fini")


def test_interrupted_in_the_first_fold(train, foveal, files, monkeypatch):
    with monkeypatch.context() as patched:
        stop_in_fold(patched, 1)
        assert train(files / "tested.npz", "--cv", "2", "--out", "run").code == 130
    assert foveal("train", "--resume", "run", "--quiet").code == 0
    assert told()["finished"]


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (lambda: change_config("learning_rate = 0.001", "learning_rate = 0.01"), 2, "trained with other settings"),
        (lambda: change_config("random_state = 3", "random_state = 4"), 2, "trained with other settings"),
        (lambda: change_config('cv = "2x2"', 'cv = "3x2"'), 3, "its folds were of other folds"),
        (lambda: change_data(), 3, "its folds were of other data"),
        (lambda: Path("run/cv.json").write_text("{"), 3, "its cv.json is damaged"),
        (lambda: Path("run/cv.json").write_text('{"finished": false}'), 3, "its cv.json is damaged"),
        (lambda: change_config("n_epochs = 1", "n_epochs = 0"), 2, "n_epochs must be"),
    ],
)
def test_other_settings_and_data_are_refused(train, foveal, files, monkeypatch, change, code, message):
    Path("data.npz").write_bytes((files / "tested.npz").read_bytes())
    with monkeypatch.context() as patched:
        stop_in_fold(patched, 2)
        train("data.npz", "--cv", "2x2", "--seed", 3, "--out", "run")
    change()
    before = Path("run/cv.json").read_bytes()
    result = foveal("train", "--resume", "run")
    assert result.code == code
    assert message in result.one_line()
    assert Path("run/cv.json").read_bytes() == before


def change_config(old, new):
    path = Path("run/config.toml")
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def change_data():
    with np.load("data.npz") as data:
        arrays = dict(data)
    arrays["X"][5] += 1
    np.savez("data.npz", **arrays)


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["--cv", "5x1"], 2, "--cv must be TIMESxFOLDS, as '5x2' for 5 times 2 folds"),
        (["--cv", "2", "--validation", "digits"], 2, "--validation has no meaning with --cv"),
        (["--cv", "2", "--test"], 2, "--test has no meaning with --cv"),
        (["--cv", "2", "--set", "checkpoint=saved"], 2, "checkpoint='saved' is for one fit"),
        (["--cv", "2", "--task", "regression", "--set", "loss=hinge"], 2, "loss='hinge' does not fit regression"),
        (["--cv", "2x200"], 3, "--cv='2x200' needs at least 200 rows, and there are 120"),
        (["--cv", "2x100"], 3, "--cv='2x100' deals each class into 100 folds"),
        (["--cv", "2", "--set", "layout=NCHW"], 2, "layout='NCHW' names 4 axes, but X has 3"),
        (["--group", "patient"], 3, "group='patient' is no key of it; found ['X', 'y', 'X_test', 'y_test']"),
        (["--group", "patient", "--read", "group=other"], 2, "group is set twice, by --group and by --read group=..."),
    ],
)
def test_what_has_no_meaning_is_refused_and_leaves_nothing(train, files, args, code, message):
    result = train(files / "tested.npz", *args)
    assert result.code == code
    assert message in result.one_line()
    assert names(".") == set()


def test_what_fails_in_the_first_fold_leaves_nothing(train, files, monkeypatch):
    stop_in_fold(monkeypatch, 1, DataError("no good; mend it"))
    result = train(files / "tested.npz", "--cv", "2", "--no-baselines", "--quiet")
    assert result.one_line() == "fold 1 of 2: no good; mend it"
    assert names(".") == set()


def test_it_takes_no_settings_to_go_on(foveal, train, files, monkeypatch):
    with monkeypatch.context() as patched:
        stop_in_fold(patched, 2)
        train(files / "tested.npz", "--cv", "2", "--out", "run")
    assert "leave SOURCE and all settings out" in foveal("train", "--resume", "run", "--cv", "2").one_line()
    assert "leave SOURCE and all settings out" in foveal("train", "--resume", "run", "--group", "a").one_line()
    assert "leave them out" in foveal("train", "--resume", "run", "--no-baselines").one_line()


def test_several_processes_are_refused(train, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "0")
    assert train("digits", "--cv", "2").one_line() == "--cv trains in one process; start it without torchrun"


def test_force_replaces_a_run_of_either_kind(train, files):
    source = files / "tested.npz"
    train(source, "--out", "run", "--quiet")
    assert "already holds a model.safetensors" in train(source, "--cv", "2", "--out", "run").one_line()
    train(source, "--cv", "2", "--no-baselines", "--out", "run", "--quiet", "--force")
    assert names("run") == CV_FILES
    assert "already holds a cv.json" in train(source, "--out", "run").one_line()
    train(source, "--out", "run", "--quiet", "--force")
    assert names("run") == {"model.safetensors", "config.toml", "history.csv", "results.json"}


def test_the_config_says_how_to_repeat_it(train, files):
    train(files / "tested.npz", "--cv", "2", "--seed", 3, "--out", "a", "--quiet")
    text = Path("a/config.toml").read_text()
    assert "foveal train SOURCE --recipe config.toml --cv CV repeats this run" in text
    assert tomllib.loads(text)["run"]["cv"] == "2"
    train(files / "tested.npz", "--recipe", "a/config.toml", "--cv", "2", "--out", "b", "--quiet")
    assert without_times(told("a")) == without_times(told("b"))


def test_a_table_with_groups(train, foveal, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr("foveal.cli.cross_validation.each_fold", lambda plan, first: seen.append(plan) or iter(()))
    monkeypatch.setattr("foveal.cli.cross_validation.summarised", lambda *_: pytest.skip("seen") if not seen else 1 / 0)
    source = table(tmp_path / "patients")
    foveal("train", source, "--cv", "3x2", "--group", "patient", *SMALL)
    plan = seen[0]
    for fold in plan.folds:
        assert not set(plan.groups[fold.train]) & set(plan.groups[fold.test])
    assert len(np.unique(plan.groups)) == 12


def test_pictures(train, tmp_path):
    result = train(folders(tmp_path / "shapes", rows=8), "--cv", "2", "--seed", 0, "--out", "run")
    assert result.code == 0
    assert told()["table"]["extra trees on 12x12 pixels"]["mean"] == 1.0
