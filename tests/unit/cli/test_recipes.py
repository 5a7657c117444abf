"""`foveal train --recipe NAME`."""

import json
import tomllib
from pathlib import Path

import torch
from safetensors.torch import load_file

from foveal.cli.settings import to_toml
from foveal.core.recipes import RECIPES

from .conftest import SMALL


def config(folder):
    return tomllib.loads(Path(folder, "config.toml").read_text())


def test_a_recipe_by_name_and_the_config_that_repeats_it_bit_for_bit(train, files):
    """`n_epochs` stays "auto" in the config: 108 rows make two updates an epoch, so there are 300 epochs."""
    first = train(files / "tested.npz", "--recipe", "fast", *SMALL, "--out", "a", "--seed", 3)
    assert first.code == 0
    epochs, rare, *lines = first.err.splitlines()
    assert epochs == "n_epochs='auto' is 300, of 2 steps each"
    assert rare.startswith("class 0 is 4.7 % of the training rows")
    assert lines[0].startswith("epoch   1/300  loss ")
    assert lines[-1].startswith("epoch 300/300  loss ")
    chosen = {name: value for name, value in RECIPES["fast"].items() if name not in ",".join(SMALL)}
    assert tomllib.loads(to_toml(chosen)).items() <= config("a").items()
    assert config("a")["n_epochs"] == "auto"
    assert json.loads(Path("a/results.json").read_text())["epochs"] == 300

    assert train(files / "tested.npz", "--recipe", "a/config.toml", "--out", "b", "--quiet").code == 0
    a, b = load_file("a/model.safetensors"), load_file("b/model.safetensors")
    assert a.keys() == b.keys()
    assert all(torch.equal(a[name], b[name]) for name in a)
    assert config("a") == config("b")


def test_what_is_said_wins_over_the_recipe(train):
    result = train("digits", "--recipe", "fast", *SMALL, "--epochs", 1, "--set", "optimizer=adam", "--out", "a")
    assert result.code == 0
    assert (config("a")["n_epochs"], config("a")["optimizer"]) == (1, "adam")
    assert config("a")["in_channels_list"] == ["none", 4]
    assert config("a")["learning_rate"] == RECIPES["fast"]["learning_rate"]


def test_epochs_may_be_auto(train, files):
    told = json.loads(train(files / "names.npz", "--epochs", "auto", "--json").out)
    assert told["epochs"] == 300  # 108 rows: 2 updates an epoch


def test_summary_takes_a_recipe(foveal):
    fast = [f"{name}={value}" for name, value in RECIPES["fast"].items()]
    spelt = [word for value in fast for word in ("--set", value)]
    result = foveal("summary", "digits", "--recipe", "fast")
    assert result.code == 0
    assert result.out == foveal("summary", "digits", *spelt).out


def test_an_unknown_recipe_is_told_with_both_ways_out(train):
    result = train("digits", "--recipe", "fats")
    assert result.code == 2
    assert result.one_line() == (
        "--recipe fats: cannot be read (No such file or directory); give a TOML file, or the name of a recipe: "
        "fast, auto; did you mean 'fast'?"
    )
    assert not list(Path.cwd().iterdir())
