"""Workers that are killed are named, parents that are killed leave none behind, and nothing ever hangs."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import psutil
import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked, and this system cannot")

#: Seconds after which a run counts as hung, and in which a dead worker must be named.
WATCHDOG, NAMED = 60, 10

#: Fits in which a thread kills a worker at a random moment; a line for each: victims, seconds, what was said.
KILLS = """
import json, os, signal, sys, threading, time
import numpy as np, psutil
from foveal import CNNClassifier
from foveal.core.errors import ResourceError

trials, seed, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
rng, X = np.random.default_rng(seed), np.load(path, mmap_mode="r")

def kill(victims, over):
    me = psutil.Process()
    time.sleep(rng.uniform(0, 0.5))
    while not over.is_set():
        children = me.children()
        if children:
            victim = children[rng.integers(len(children))].pid
            try:
                os.kill(victim, signal.SIGKILL)
                victims.setdefault(victim, time.monotonic())  # dead ones can be killed again until they are waited for
            except ProcessLookupError:
                pass
        time.sleep(rng.uniform(0, 0.05))  # one that had done its part is not missed

for trial in range(trials):
    victims, over, said = {}, threading.Event(), ""
    killer = threading.Thread(target=kill, args=(victims, over))
    killer.start()
    model = CNNClassifier(in_channels_list=(None, 2), out_channels=2, n_epochs=10**6, batch_size=50, random_state=0,
                          workers=int(rng.integers(1, 4)))
    try:
        model.fit(X, np.arange(len(X)) % 2)
    except ResourceError as error:
        said, ended = str(error), time.monotonic()
    over.set()
    killer.join()
    named = [at for pid, at in victims.items() if f"process {pid}," in said]
    print(json.dumps({"said": said, "named": len(named), "seconds": ended - min(named, default=0.0),
                      "left": len(psutil.Process().children())}), flush=True)
"""

#: A fit that says which workers it has, and goes on for ever.
ENDLESS = """
import sys, threading, time
import numpy as np, psutil
from foveal import CNNClassifier

def tell():
    while len(children := psutil.Process().children()) < 3:
        time.sleep(0.01)
    print(*(child.pid for child in children), flush=True)

X = np.load(sys.argv[1], mmap_mode="r")
threading.Thread(target=tell, daemon=True).start()
CNNClassifier(in_channels_list=(None, 2), out_channels=2, n_epochs=10**6, batch_size=2, workers=3).fit(
    X, np.arange(len(X)) % 2)
"""


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """Write rows that take a few milliseconds a batch."""
    path = tmp_path_factory.mktemp("rows") / "X.npy"
    np.save(path, np.random.default_rng(0).integers(0, 256, size=(2_000, 24, 24), dtype=np.uint8))
    return path


def run(code, *args):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


@pytest.mark.parametrize("trials", [4, pytest.param(30, marks=pytest.mark.long)])
def test_a_killed_worker_is_named_within_ten_seconds(rows, trials):
    process = run(KILLS, trials, trials, rows)
    told = []
    for _ in range(trials):
        watchdog = threading.Timer(WATCHDOG, process.kill)
        watchdog.start()
        line = process.stdout.readline()
        watchdog.cancel()
        assert line, f"hung, or broke: {process.communicate()[1]}"
        told.append(json.loads(line))
    process.communicate()
    assert len(told) == trials
    for one in told:
        assert one["named"] == 1, one
        assert "was killed by SIGKILL; look for what ended it" in one["said"]
        assert "workers=0" in one["said"]
        assert one["seconds"] < NAMED
        assert one["left"] == 0
    longest = max(one["seconds"] for one in told)
    print(f"{len(told)} killed workers: all named, the slowest after {longest:.2f} s, 0 hangs, 0 processes left")


@pytest.mark.parametrize("trials", [1, pytest.param(10, marks=pytest.mark.long)])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["kill", "term"])
def test_a_parent_that_is_killed_leaves_no_orphan(rows, number, trials):
    rng = np.random.default_rng(trials)
    for _ in range(trials):
        process = run(ENDLESS, rows)
        try:
            workers = [psutil.Process(int(pid)) for pid in process.stdout.readline().split()]
            assert len(workers) == 3
            time.sleep(rng.uniform(0, 0.5))
            process.send_signal(number)
            process.wait(WATCHDOG)
            _, alive = psutil.wait_procs(workers, timeout=NAMED)
        finally:
            process.kill()
            process.communicate()
        assert alive == []
    print(f"{trials} killed parents ({number.name}): 0 orphans")
