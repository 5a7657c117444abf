import json
from pathlib import Path

import numpy as np


def test_equal_bits(train, foveal):
    train("digits", "--epochs", 2, "--seed", 3, "--out", "run", "--quiet")
    result = foveal("reproduce", "run", "--json")
    assert result.code == 0
    told = json.loads(result.out)
    assert (told["bits"], told["data"], told["as_expected"]) == (True, True, True)
    assert all(number["equal"] for number in told["numbers"])
    assert {number["name"] for number in told["numbers"]} >= {"score", "probabilities.nll", "valid_loss"}
    assert {path.name for path in Path().iterdir()} == {"run"}


def test_another_seed_tells_numbers_within_and_outside(train, foveal):
    train("digits", "--epochs", 2, "--seed", 3, "--out", "run", "--quiet")
    result = foveal("reproduce", "run", "--seed", 4, "--out", "again", "--quiet")
    told = result.err
    assert "another seed, other weights" in told
    assert result.code == (3 if "outside of its interval" in told else 0)
    assert "score" in result.out
    assert Path("again/model.safetensors").is_file()


def test_other_data_under_the_same_name(train, foveal):
    rng = np.random.default_rng(0)
    np.savez("data.npz", X=rng.random((60, 8, 8)), y=np.arange(60) % 2)
    train("data.npz", "--seed", 0, "--out", "run", "--quiet")
    np.savez("data.npz", X=rng.random((60, 8, 8)), y=np.arange(60) % 2)
    result = foveal("reproduce", "run", "-q")
    assert result.code == 3
    assert "data are not those of the run" in result.err


def test_what_cannot_be_reproduced(train, foveal, trained):
    assert "no run was begun there" in foveal("reproduce", "nothing").one_line()
    train("digits", "--cv", "2", "--out", "cv", "--quiet", "--seed", 0)
    assert "holds a cross-validation" in foveal("reproduce", "cv").one_line()
    results = Path("run/results.json")
    train("digits", "--seed", 0, "--out", "run", "--quiet")
    results.write_text(json.dumps(json.loads(results.read_text()) | {"interrupted": True}))
    assert "was interrupted" in foveal("reproduce", "run").one_line()
    whole = json.loads(results.read_text()) | {"interrupted": False}
    results.write_text(json.dumps(whole | {"measured": whole["measured"] | {"interval": True}}))
    assert "is damaged" in foveal("reproduce", "run").one_line()


def test_data_that_are_gone(train, foveal):
    np.savez("data.npz", X=np.random.default_rng(0).random((60, 8, 8)), y=np.arange(60) % 2)
    train("data.npz", "--seed", 0, "--out", "run", "--quiet")
    Path("data.npz").rename("elsewhere.npz")
    refused = foveal("reproduce", "run")
    assert refused.code == 3
    assert "its data, data.npz, are not there" in refused.one_line()
    assert "--recipe run/config.toml" in refused.one_line()
