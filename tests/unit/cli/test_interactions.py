"""The verbs on interactions: train, resume, evaluate, predict and summary."""

import csv
import json

import numpy as np
import pytest

from foveal import load
from foveal.cli.options import INTERACTION_SETS
from foveal.cli.reading import READ_INTERACTIONS
from foveal.data.interactions.telling import NAMED_SETS, READ

TINY = ("--set", "net=next_item(width=8, layers=2)", "--epochs", "3", "--seed", "0", "--set", "learning_rate=0.02")


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A table of histories in which each item leads to the next."""
    path = tmp_path_factory.mktemp("table") / "interactions.csv"
    starts = np.random.default_rng(0).integers(0, 12, 40)
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("who", "what", "when"))
        for user, start in enumerate(starts):
            rows.writerows((f"u{user}", f"i{(start + t) % 12}", t) for t in range(9))
    return path


READING = ("--read", "user=who", "--read", "item=what", "--read", "time=when")


def test_names_are_those_of_the_data_room():
    assert INTERACTION_SETS == NAMED_SETS
    assert READ_INTERACTIONS == READ


def test_train_evaluate_predict_and_summary(foveal, table, tmp_path):
    shown = foveal("train", table, *READING, *TINY, "--out", tmp_path / "shown")
    assert shown.code == 0, shown.err
    assert "hit rate@10" in shown.out
    assert "histories/s" in shown.out
    assert shown.err.count("histories/s") == 3  # a line an epoch
    assert "images" not in shown.err + shown.out
    done = foveal("train", table, *READING, *TINY, "--out", tmp_path / "r", "-q")
    assert done.code == 0, done.err
    metrics = json.loads((tmp_path / "r" / "results.json").read_text())
    assert metrics["metric"] == "hit rate@10"
    assert set(metrics["comparison"]["baselines"]) == {
        "popularity", "item neighbours", "recent item neighbours", "sequential neighbours",
    }  # fmt: skip
    assert metrics["comparison"]["verdict"]
    assert metrics["test"]["coverage"] > 0

    again = json.loads(foveal("evaluate", tmp_path / "r", table, *READING, "--json").out)
    first = metrics["comparison"]
    for name, told in first["baselines"].items():  # the same split, so the same figures
        assert again["comparison"]["baselines"][name]["score"] == told["score"], name
    assert again["comparison"]["network"] == first["network"]
    shown = foveal("evaluate", tmp_path / "r", table, *READING).out.splitlines()
    verdict = first["verdict"].split("; ")
    assert shown[-len(verdict) :] == verdict

    last = tmp_path / "last.csv"
    last.write_text("user,item\na,i1\na,i2\nb,i5\nb,i6\n")
    measured = foveal("evaluate", tmp_path / "r", last, "--json")
    assert measured.code == 0, measured.err
    told = json.loads(measured.out)
    assert told["rows"] == 2
    scores = {name: one["score"] for name, one in first["baselines"].items()}
    assert told["baselines"]["scores"] == {"network": first["network"]["score"]} | scores  # nothing to learn from
    assert "baselines" not in json.loads(foveal("evaluate", tmp_path / "r", last, "--json", "--no-baselines").out)
    written = foveal("predict", tmp_path / "r", last, "--out", tmp_path / "p.csv")
    assert written.code == 0, written.err
    rows = list(csv.DictReader((tmp_path / "p.csv").open()))
    assert [row["user"] for row in rows] == ["a"] * 10 + ["b"] * 10
    model = load(tmp_path / "r" / "model.safetensors")
    assert [row["item"] for row in rows[:10]] == model.recommend([["i1", "i2"]]).items[0].tolist()
    assert "block1" in foveal("summary", tmp_path / "r").out
    told = foveal("summary", table, *READING)
    assert "40" in told.out
    assert "9 to 9 events a user" in told.out


def test_nobody_to_ask_is_told_and_costs_no_training(foveal, tmp_path):
    same = tmp_path / "same.csv"
    rows = [f"u{user},i{(user + place % 5) % 7},{place}" for user in range(20) for place in range(6)]
    same.write_text("\n".join(["user,item,time", *rows]) + "\n")
    done = foveal("train", same, *TINY, "--out", tmp_path / "r", "-q")
    assert (done.code, "nobody can be asked for the last item" in done.err) == (0, True), done.err
    metrics = json.loads((tmp_path / "r" / "results.json").read_text())
    assert (metrics["test"], metrics["test_score"], metrics["comparison"]) == (None, None, None)
    measured = foveal("evaluate", tmp_path / "r", same)
    assert (measured.code, "nobody can be asked: no history has two events" in measured.one_line()) == (3, True)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--validation", "x.csv"), "--validation: of interactions the second-last"),
        (("--read", "size=8"), "--read size is not for interactions"),
        (("--set", "filter_size=5"), "filter_size is no parameter of Recommender"),
        (("--read", "item=nothing"), "has no column 'nothing'"),
    ],
)
def test_what_has_no_meaning_is_told(foveal, table, tmp_path, args, message):
    reading = [text for text in READING if not ("item=" in text and "item=nothing" in args)]
    reading = [text for text in reading if text != "--read"]
    said = [part for text in reading for part in ("--read", text)]
    done = foveal("train", table, *said, *TINY, *args, "--out", tmp_path / "r")
    assert done.code in (2, 3)
    assert message in done.err
