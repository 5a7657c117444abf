"""`foveal train` where a launcher started several of it."""

import json

from foveal import load

from .crew import crew, finish

SMALL = ("--epochs", 1, "--seed", 0, "--set", "in_channels_list=none,4", "--set", "out_channels=4")


def test_the_first_process_prints_and_writes(tmp_path):
    with crew(2, "-m", "foveal", "train", "digits", *SMALL, "--out", tmp_path / "run") as processes:
        (first, said), (second, silent) = finish(processes)
    assert (first, second) == (0, 0), said + silent
    assert silent == ""
    assert said.count("epoch 1/1") == said.count("accuracy") == 1
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        "model.safetensors", "config.toml", "history.csv", "results.json", "report.html", "model_card.md", "pictures"
    }  # fmt: skip
    metrics = json.loads((tmp_path / "run/results.json").read_text())
    assert metrics["train_score"] == load(tmp_path / "run/model.safetensors").history_["train_score"][-1]


def test_what_is_wrong_for_all_is_said_once(tmp_path):
    with crew(2, "-m", "foveal", "train", "digits", "--epochs", 0, "--out", tmp_path / "run") as processes:
        (first, said), (second, silent) = finish(processes)
    assert (first, second) == (2, 2)
    assert said == "foveal: error: n_epochs must be 'auto' or an integer of at least 1, got 0\n"
    assert silent == ""
    assert not (tmp_path / "run").exists()
