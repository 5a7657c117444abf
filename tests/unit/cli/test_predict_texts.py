"""Texts on the command line, from a table to predictions."""

import csv
import json
from pathlib import Path

import pytest

from foveal import load

ROWS = [("a good film", "pos"), ("good, and funny", "pos"), ("a bad film", "neg"), ("bad and long", "neg")] * 10
SMALL = ["--set", "net=kim(vector=8, maps=4)", "--set", "learning_rate=0.02", "--seed", "0", "-q"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Train on a table whose columns have no usual names."""
    from foveal.cli.main import run

    folder = tmp_path_factory.mktemp("texts")
    with (folder / "reviews.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("said", "mood"), *ROWS])
    read = ["--read", "text=said", "--read", "label=mood"]
    told = run(["train", str(folder / "reviews.csv"), *read, *SMALL, "--out", str(folder / "run"), "--baselines"])
    assert told == 0
    return folder


def test_a_run_is_measured_beside_baselines(trained):
    metrics = json.loads((trained / "run" / "results.json").read_text())
    assert metrics["estimator"] == "TextClassifier"
    assert list(metrics["comparison"]["baselines"]) == [
        "majority class", "logistic regression on words and pairs", "naive Bayes on characters",
    ]  # fmt: skip
    assert metrics["comparison"]["on"] == "validation"
    kept = load(trained / "run" / "model.safetensors").fitted_.baselines
    scores = {name: told["score"] for name, told in metrics["comparison"]["baselines"].items()}
    assert kept["scores"] == {"network": metrics["comparison"]["network"]["score"]} | scores
    assert kept["verdict"] == metrics["comparison"]["verdict"]


def test_evaluate(foveal, trained):
    result = foveal("evaluate", trained / "run", trained / "reviews.csv", "--read", "label=mood", "--json")
    told = json.loads(result.out)
    assert (result.code, told["rows"]) == (0, 40)
    assert told["accuracy"] > 0.9
    assert next(iter(told["baselines"]["scores"])) == "network"


def test_baselines_stand_beside_a_score_that_is_measured(foveal, trained):
    parts = [(*row, "test" if n % 4 == 3 else "train") for n, row in enumerate(ROWS)] + [("so so", "mild", "train")]
    with Path("parts.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("said", "mood", "split"), *parts])
    read = ["--read", "label=mood"]
    told = json.loads(foveal("evaluate", trained / "run", "parts.csv", *read, "--json").out)["comparison"]
    assert (told["on"], told["rows"], told["learnt_from"]) == ("test", 10, 30)  # without the class of no training row
    assert list(told["baselines"])[1] == "logistic regression on words and pairs"
    lines = foveal("evaluate", trained / "run", "parts.csv", *read).out.splitlines()
    assert lines[-1] == told["verdict"].split("; ")[-1]
    kept = foveal("evaluate", trained / "run", trained / "reviews.csv", *read).out
    assert "at the training, on 4 validation rows" in kept
    for source in ("parts.csv", trained / "reviews.csv"):
        assert "logistic" not in foveal("evaluate", trained / "run", source, *read, "--no-baselines").out


def test_predict_a_text_a_file_of_lines_and_a_table(foveal, trained, tmp_path):
    model = trained / "run"
    one = foveal("predict", model, "so very good", "--proba")
    assert one.out.splitlines()[0] == "text,prediction,probability,p_neg,p_pos"
    assert one.out.splitlines()[1].startswith("1,pos,")
    (tmp_path / "lines.txt").write_text("good\nbad\n\n", "utf-8")
    lines = foveal("predict", model, "lines.txt").out.splitlines()
    assert [line.split(",")[:2] for line in lines[1:3]] == [["line 1", "pos"], ["line 2", "neg"]]
    assert len(lines) == 4
    result = foveal("predict", model, trained / "reviews.csv", "--read", "text=said", "--out", "answers.jsonl")
    assert (result.code, "40 predictions in answers.jsonl" in result.err) == (0, True)
    rows = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text().splitlines()]
    assert [row["prediction"] for row in rows] == [label for _, label in ROWS]


def test_validation_has_the_columns_of_the_table(foveal, trained):
    source, read = trained / "reviews.csv", ["--read", "text=said", "--read", "label=mood"]
    result = foveal("train", source, *read, *SMALL, "--validation", source, "--set", "n_epochs=1", "--out", "held")
    assert result.code == 0, result.err


def test_mistakes_are_told(foveal, trained, tmp_path):
    model = trained / "run"
    assert "nowhere.csv: is not there" in foveal("predict", model, "nowhere.csv").one_line()
    assert "tta='flip' looks at signals" in foveal("predict", model, "good", "--tta", "flip").one_line()
    assert "say --read text=COLUMN" in foveal("predict", model, trained / "reviews.csv").one_line()
    assert "--read label: texts to predict" in foveal("predict", model, "good", "--read", "label=mood").one_line()
    (tmp_path / "empty.txt").write_text("")
    assert "holds no text" in foveal("predict", model, "empty.txt").one_line()
    result = foveal(
        "train", trained / "reviews.csv", "--read", "text=said", "--read", "label=mood", "--set", "stride=2"
    )
    assert "stride is no parameter of TextClassifier" in result.err
    result = foveal("train", trained / "reviews.csv", "--read", "text=what", "--read", "label=mood")
    assert "has no column 'what'" in result.err


def test_summaries(foveal, trained):
    assert "body.filters" in foveal("summary", trained / "run").out
    asked = ["--read", "text=said", "--read", "label=mood", "--set", "net=text_resnet(vector=4, blocks=1)"]
    assert "body.blocks.0.conv1" in foveal("summary", trained / "reviews.csv", *asked).out


def test_folds(foveal, trained, tmp_path):
    read = ["--read", "text=said", "--read", "label=mood", "--cv", "1x2", "--set", "n_epochs=1", "--out", "folds"]
    result = foveal("train", trained / "reviews.csv", *read, *SMALL)
    assert result.code == 0, result.err
    table = json.loads((tmp_path / "folds" / "cv.json").read_text())["table"]
    assert list(table) == [
        "network", "majority class", "logistic regression on words and pairs", "naive Bayes on characters",
    ]  # fmt: skip
