"""`foveal tune`: as a user runs it, kills it, and goes on."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import tomllib
from contextlib import closing
from pathlib import Path

import pytest

from foveal.cli.tune_folder import HELPS

from .conftest import SMALL

TRY = ("--set", "learning_rate=1e-3..3e-2", "--set", "batch_size=100|200")


@pytest.fixture(scope="module")
def search(tmp_path_factory):
    """Search on digits, once for all tests that look at what is left."""
    from foveal.cli.main import run

    folder = tmp_path_factory.mktemp("tune") / "search"
    asked = ["tune", "digits", "--trials", "3", "--epochs", "2", "--seed", "0", *TRY, *SMALL]
    assert run([*asked, "--quiet", "--out", str(folder)]) == 0
    return folder


def states(folder):
    """Count Optuna's trials by state, without Optuna."""
    with closing(sqlite3.connect(f"file:{folder / 'study.db'}?mode=ro", uri=True, timeout=30)) as study:
        return dict(study.execute("select state, count(*) from trials group by state"))


def test_the_folder_holds_what_was_found(search):
    told = json.loads((search / "tune.json").read_text())
    assert [trial["number"] for trial in told["trials"]] == [0, 1, 2]
    assert told["rows"] == {"search": [919, 230]}
    assert told["outer"][0]["rows"] == 288
    assert told["optimistic"] == told["best"]["score"]
    lines = (search / "trials.csv").read_text().splitlines()
    assert lines[0] == "trial,state,score,epochs,seconds,learning_rate,batch_size"
    assert len(lines) == 4


def test_the_recipe_holds_what_was_chosen_and_trains(search, foveal):
    told = json.loads((search / "tune.json").read_text())
    recipe = tomllib.loads((search / "recipe.toml").read_text())
    assert {name: recipe[name] for name in told["best"]["values"]} == told["best"]["values"]
    assert recipe["n_epochs"] == 2
    assert "random_state" not in recipe
    done = foveal("train", "digits", "--recipe", search / "recipe.toml", "--json", "--out", "trained")
    assert done.code == 0
    assert json.loads(done.out)["epochs"] == 2


def test_what_is_done_is_shown_again_and_goes_on_to_more(search, foveal):
    again = foveal("tune", "--out", search, "--resume", "--json")
    assert json.loads(again.out)["trials"] == json.loads((search / "tune.json").read_text())["trials"]
    more = foveal("tune", "--out", search, "--resume", "--trials", 4)
    assert more.code == 0
    assert "3 of 4 trials are there already" in more.err
    assert "trial 4 of 4  accuracy" in more.err
    assert states(search) == {"COMPLETE": 4}
    assert "optimistic: the best of 4 trials on the 230 rows that chose it" in more.out
    assert "nested: on 288 rows that no trial had seen" in more.out


def test_an_interrupted_search_leaves_its_place(foveal, monkeypatch, tmp_path):
    from foveal import CNNClassifier

    def interrupted(self, *args, **how):
        yield from ()
        raise KeyboardInterrupt

    asked = ("tune", "digits", "--trials", 1, "--epochs", 1, *TRY, *SMALL, "--out", "search")
    with monkeypatch.context() as patch:
        patch.setattr(CNNClassifier, "epochs", interrupted)
        broken = foveal(*asked)
    assert broken.code == 130
    assert "interrupted; foveal tune --out search --resume goes on" in broken.err
    assert states(tmp_path / "search") == {"FAIL": 1}
    assert foveal("tune", "--out", "search", "--resume", "--quiet").code == 0
    assert states(tmp_path / "search") == {"FAIL": 1, "COMPLETE": 1}


def test_a_folder_that_holds_a_search_is_not_written_over(search, foveal):
    held = foveal("tune", "digits", "--out", search)
    assert held.code == 2
    assert f"holds a search; foveal tune --out {search} --resume goes on with it" in held.one_line()
    other = foveal("tune", "digits", "--out", search, "--resume", *SMALL, "--epochs", 2, "--quiet")
    assert other.code == 2
    assert "was begun with other space" in other.one_line()
    assert foveal("tune", "--out", search, "--resume", "--quiet").code == 0, "what was asked for there is not changed"


def test_what_is_left_of_a_search_is_told(search, foveal):
    shutil.copytree(search, "left")
    Path("left/study.db").unlink()
    gone = foveal("tune", "--out", "left", "--resume", "--quiet")
    assert gone.code == 0
    assert "left/study.db is gone, and with it the trials that were made: all are made anew" in gone.err
    Path("left/tune.toml").write_text("= 1")
    damaged = foveal("tune", "--out", "left", "--resume")
    assert damaged.code == 2
    assert "--resume left/tune.toml: is not a TOML file" in damaged.one_line()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "Missing argument 'SOURCE'; see foveal tune --help"),
        (("--resume",), "--resume needs to know where"),
        (("digits", "--resume", "--force", "--out", "x"), "leave one of them out"),
        (("--resume", "--out", "x"), "x holds no tune.toml, so no search was begun there"),
        (("--resume", "--out", "x", "--seed", "1"), "leave all settings out"),
        (("digits", "--set", "learning_rte=1..2"), "unknown parameter 'learning_rte'; did you mean 'learning_rate'?"),
        (("digits", "--set", "learning_rate=1..x"), "a range must be LOW..HIGH"),
        (("digits", "--set", "optimizer=adam|adm"), "got 'adm'; did you mean 'adam'?"),
        (("digits", "--set", "n_epochs=1..9", "--epochs", "3"), "n_epochs is set twice"),
        (("digits", "--set", "n_epochs=1..9", "--set", "n_epochs=3..5"), "n_epochs is set twice"),
        (("digits", "--set", "random_state=3"), "random_state is each trial's own; leave it out (--seed is"),
        (("digits", "--set", "random_state=1|2"), "random_state says how a search runs"),
        (("digits", "--seed", "none"), "--seed must be an integer of at least 0, got none"),
        (("digits", "--trials", "0"), "--trials"),
        (("movielens-100k",), "foveal tune takes rows with classes"),
        (("nowhere", "--trials", "1"), "data set must be one of"),
    ],
)
def test_what_cannot_work_is_one_line(foveal, args, message):
    result = foveal("tune", *args)
    assert result.code in (2, 3)
    assert message in result.one_line()


def test_a_helper_ends_with_who_started_it(search, foveal, monkeypatch):
    """Its parent is another process than the one that it is told of: it makes no trial and prints nothing."""
    monkeypatch.setenv(HELPS, "1")
    before = states(search)
    helped = foveal("tune", "--out", search, "--resume", "--trials", 9)
    assert (helped.code, helped.out, helped.err) == (0, "", "")
    assert states(search) == before


@pytest.mark.long
def test_two_processes_share_the_places(tmp_path, process):
    asked = ("tune", "digits", "--trials", 4, "--epochs", 1, "--seed", 0, *TRY, *SMALL, "--jobs", 2, "--json")
    out, err = (done := process(*asked, "--out", "search")).communicate(timeout=300)
    assert done.returncode == 0, err
    assert [trial["number"] for trial in json.loads(out)["trials"]] == [0, 1, 2, 3]
    assert states(tmp_path / "search") == {"COMPLETE": 4}
    assert list((tmp_path / "search" / "workers").iterdir()) == []


def search_killed(folder, kills, trials, *asked):
    """Run a search and kill it with all its processes once it has made some trials more, again and again."""
    rng, environment = random.Random(0), os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "foveal", "tune", "digits", "--trials", str(trials), "--seed", "0", *asked]
    for kill in range(kills):
        with subprocess.Popen(
            [*command, "--resume", "--out", str(folder)],
            start_new_session=True,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as running:
            while running.poll() is None and made(folder) < (kill + 1) * trials // (kills + 1):
                time.sleep(0.05)
            time.sleep(rng.random())
            os.killpg(running.pid, signal.SIGKILL)


def made(folder):
    try:
        found = states(folder)
    except sqlite3.Error:  # it is not there yet
        return 0
    return found.get("COMPLETE", 0) + found.get("PRUNED", 0)


def same(told):
    """Give what must not depend on kills."""
    trials = [(trial["number"], trial["state"], trial["score"], trial["values"]) for trial in told["trials"]]
    return trials, told["score"], told["interval"]


def test_killed_once_it_finds_the_same(tmp_path, search, foveal):
    """Killed as soon as its study is there, before, in or after a trial."""
    search_killed(tmp_path / "killed", 1, 2, "--epochs", "2", *TRY, *SMALL)
    gone_on = foveal("tune", "--out", tmp_path / "killed", "--resume", "--trials", 3, "--json")
    assert states(tmp_path / "killed").get("RUNNING", 0) == 0
    assert same(json.loads(gone_on.out))[0] == same(json.loads((search / "tune.json").read_text()))[0][:3]


@pytest.mark.long
@pytest.mark.parametrize("jobs", [1, 2])
def test_thirty_trials_killed_five_times_are_thirty_trials(tmp_path, foveal, jobs):
    killed, asked = tmp_path / "killed", ("--epochs", "10", "--jobs", str(jobs))
    search_killed(killed, 5, 30, *asked)
    told = json.loads(foveal("tune", "--out", killed, "--resume", "--jobs", jobs, "--json").out)
    found = states(killed)
    print(found, *told["told"], sep="\n")
    assert [trial["number"] for trial in told["trials"]] == list(range(30)), "each once"
    assert found["COMPLETE"] + found["PRUNED"] == 30
    assert found["FAIL"] <= 5 * jobs
    assert set(found) <= {"COMPLETE", "PRUNED", "FAIL"}, "nothing is left running or waiting"
    assert told["outer"][0]["rows"] == 288
    if jobs == 1:
        whole = foveal("tune", "digits", "--trials", 30, "--seed", 0, "--epochs", 10, "--out", "whole", "--json")
        assert same(told) == same(json.loads(whole.out))
