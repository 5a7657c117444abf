"""Kernels with threads of their own, in processes that live long, fork, are interrupted and end.

Each case runs in a process of its own, lively.py or leaving.py, with two threads for the smallest network.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from foveal.kernels.library import load

FOLDER = Path(__file__).parent
WATCHDOG = 400

pytestmark = [
    pytest.mark.skipif(load() is None, reason="there are no compiled kernels here"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are watched in Linux's /proc"),
]


def told(script, *arguments):
    """Run a case and give what it says; on the way nothing may be aborted."""
    command = [sys.executable, "-W", "ignore", str(FOLDER / f"{script}.py"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=WATCHDOG)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("count", [30, pytest.param(100, marks=pytest.mark.long)])
def test_fits_and_predictions_in_a_loop_leave_nothing_behind(count):
    """A network's weights and their optimizer are 2 MB: a tenth of them left by each fit would be seen.

    Thirty fits and a hundred leave the same 4 MB, predictions another 2: what answers for few rows is kept.
    """
    early, late, predicted = told("lively", "loop", count)
    print(f"\n{count} fits: {early} -> {late}; 1000 predictions: {predicted}")
    for state in (late, predicted):
        assert state["MB"] <= early["MB"] + 0.1 * count + 8
        assert state["threads"] <= early["threads"] + 3  # torch starts its own when it first needs them
        assert state["files"] <= early["files"]
        assert state["mappings"] <= early["mappings"] + 10


def test_two_fits_at_once_give_the_bits_of_one_after_the_other():
    alone, at_once = told("lively", "at_once")
    assert at_once == alone
    assert alone[0] != alone[1]


def test_copies_answer_and_learn_alike():
    answers, learnt = told("lively", "copies")
    assert len(set(answers)) == len(set(learnt)) == 1
    assert answers[0] != learnt[0]


def test_forked_processes_fit_while_their_parent_does():
    """The parent has used torch's threads and the kernels' before: neither are there in a forked process."""
    expected, found, codes = told("lively", "forked")
    assert found == [expected] * len(found)
    assert codes == [0, 0]


@pytest.mark.parametrize("count", [2, pytest.param(100, marks=pytest.mark.long)])
def test_processes_forked_off_while_another_thread_fits(count):
    assert told("lively", "forked_at_work", count) == [0] * count


def test_without_more_threads_kernels_have_those_of_pytorch_that_are_there_already():
    assert told("lively", "without_threads") == [True, True, True]


def test_without_threads_a_fit_goes_on_in_pytorch():
    refused, same, after = told("lively", "without_threads", "own")
    assert refused
    assert not same
    assert after


def test_without_memory_there_is_an_error_in_words_or_a_fit():
    codes = told("lively", "without_memory")
    assert set(codes) <= {0, 3}
    assert codes[-1] == 0


def test_where_the_maps_do_not_fit_pytorch_computes():
    found, off, on = told("lively", "without_room")
    assert found == off
    assert found != on


def test_ctrl_c_during_a_step_keeps_the_last_finished_epoch():
    found, after = told("leaving", "interrupted")
    assert after  # the next fit
    assert all(same for *_, same in found)
    epochs = [epochs for _, _, epochs, _ in found]
    assert epochs == sorted(epochs)
    assert epochs[0] == 0 < epochs[-1]
    assert sum(at_work for _, at_work, _, _ in found) >= len(found) / 2


def test_signals_end_a_process_as_they_should():
    assert told("leaving", "signalled") == [-15, -2]


@pytest.mark.parametrize("count", [4, pytest.param(20, marks=pytest.mark.long)])
def test_the_interpreter_ends_while_a_fit_is_running(count):
    """A daemon thread is left behind; another one's fit is waited for; one that begins at the exit is finished."""
    daemons, (waits, at_once, at_exit, fails), done = told("leaving", "exits", count)
    assert daemons == [3] * count
    assert (waits, at_once, at_exit, fails) == (4, 5, 6, 1)
    assert done == "++"
