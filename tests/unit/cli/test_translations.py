"""Translations on the command line: trained from a table, measured beside baselines, a file of lines translated."""

import json
from pathlib import Path

import pytest

WORDS = {"one": "eins", "two": "zwei", "three": "drei", "four": "vier"}
SMALL = ("n_epochs=3", "net=conv_s2s(layers=1,width=8)", "batch_tokens=60", "vocabulary_size=64")


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    sources = [f"{a} {b}" for a in WORDS for b in WORDS] * 2 + list(WORDS)
    lines = [
        f"{source}\t{' '.join(map(WORDS.get, source.split()))}\t{'train' if row % 4 else 'test'}"
        for row, source in enumerate(sources)
    ]
    path = tmp_path_factory.mktemp("pairs") / "pairs.tsv"
    path.write_text("\n".join(["source\ttarget\tsplit", *lines]) + "\n", "utf-8")
    return path


def test_a_translator_from_table_to_translations(foveal, pairs):
    settings = [part for setting in SMALL for part in ("--set", setting)]
    result = foveal("train", pairs, *settings, "--seed", "0", "--out", "run")
    assert result.code == 0, result.err
    assert "log probability of a piece  train" in result.out.replace("   ", "  ").replace("  train", "  train")
    assert "nearest training source" in result.out
    assert result.out.strip().splitlines()[-1].startswith(("nearest training source", "the network is"))
    metrics = json.loads(Path("run/results.json").read_text())
    assert metrics["test"]["chrf"] == metrics["comparison"]["systems"]["network"]["chrf"]

    measured = foveal("evaluate", "run", pairs, "--json")
    told = json.loads(measured.out)
    assert told["chrf"] == pytest.approx(metrics["test"]["chrf"])
    chrf = {name: one["chrf"] for name, one in metrics["comparison"]["systems"].items()}
    assert list(told["comparison"]["systems"]) == list(chrf)  # fitted anew, with the rows held out as well
    Path("all.tsv").write_text("source\ttarget\none two\teins zwei\nfour\tvier\n")
    kept = json.loads(foveal("evaluate", "run", "all.tsv", "--json").out)["baselines"]
    assert (kept["on"], kept["metric"], kept["rows"], kept["scores"]) == ("test", "chrF", 9, pytest.approx(chrf))
    shown = foveal("evaluate", "run", "all.tsv").out.rstrip()
    assert "at the training, on 9 test rows" in shown
    assert shown.endswith(metrics["comparison"]["verdict"])
    Path("lines.txt").write_text("one two\n\nfour\n")
    said = foveal("predict", "run", "lines.txt")
    assert [line.split(",")[0] for line in said.out.splitlines()] == ["text", "one two", "", "four"]
    assert foveal("predict", "run", "lines.txt", "--out", "out.txt").code == 0
    assert len(Path("out.txt").read_text().splitlines()) == 3
    assert foveal("predict", "run", "one two", "--format", "jsonl").out.count("\n") == 1

    refused = foveal("predict", "run", "lines.txt", "--proba")
    assert "--proba has no meaning for translations" in refused.err
    assert "is no file of texts" in foveal("predict", "run", "absent.txt").err
    assert "layout is no parameter of Translator" in foveal("train", pairs, "--set", "layout=NL").err


def test_network_and_epochs_are_the_translators_own_where_nothing_says_otherwise(foveal, pairs):
    from foveal.cli.estimators import as_usual
    from foveal.cli.settings import for_files

    assert as_usual("Translator", for_files({}, named=False)) == {}
    result = foveal("train", pairs, "--epochs", "1", "--set", "vocabulary_size=60", "--seed", "0", "--out", "usual")
    assert result.code == 0, result.err
    assert "pairs/s" in result.out
    assert "pairs/s" in result.err  # a line an epoch
