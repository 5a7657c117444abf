"""A process in whose life kernels of two threads are at work: `python lively.py CASE`, one line of JSON at the end.

Every case runs in a process of its own, because it leaves, forks, is interrupted, or gets no memory.
"""

import copy
import hashlib
import json
import multiprocessing
import os
import pickle
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import psutil
import torch
from sklearn.base import clone

from foveal import CNNClassifier
from foveal.core import device
from foveal.core.errors import FovealError
from foveal.kernels import program

SMALL = {"in_channels_list": (None, 8, 12), "out_channels": 12, "in_features_list": (None, 512), "n_epochs": 3,
         "batch_size": 48, "valid_size": 0.2, "random_state": 3, "schedule": "constant"}  # fmt: skip
X, Y = np.random.default_rng(0).normal(size=(120, 24, 24)).astype(np.float32), np.arange(120) % 3
#: Seconds after which a process that was forked off hangs.
WATCHDOG = 60


def settle() -> None:
    """Take two threads, for the smallest network too."""
    device.ONE_THREAD_WORK = 0.0
    torch.set_num_threads(2)


def model(**parameters: Any) -> CNNClassifier:
    return CNNClassifier(**{**SMALL, **parameters})


def bits(fitted: CNNClassifier) -> str:
    """Give all weights and buffers, and what it answers, as one number."""
    tensors = [*fitted.net_.state_dict().values(), torch.from_numpy(fitted.predict_proba(X[:50]))]
    return hashlib.sha256(b"".join(t.contiguous().numpy().tobytes() for t in tensors)).hexdigest()[:16]


def fit(**parameters: Any) -> str:
    return bits(model(**parameters).fit(X, Y))


def endless() -> None:
    model(n_epochs=10**6).fit(X, Y)


def forked_off(child: Callable[[], Any]) -> int:
    """Fork a process off, which does what its function does and then ends as any; give its number."""
    number = os.fork()
    if number == 0:
        child()
        sys.exit(0)
    return number


def code_of(number: int) -> int:
    """Give a process's exit code when it has ended, -9 if it hangs."""
    late = time.monotonic() + WATCHDOG
    while time.monotonic() < late:
        found, status = os.waitpid(number, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(number, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def held() -> dict[str, float]:
    process = psutil.Process()
    return {"MB": process.memory_info().rss / 1e6, "threads": process.num_threads(),
            "mappings": len(process.memory_maps(grouped=False)), "files": process.num_fds()}  # fmt: skip


def loop(count: str) -> Any:
    """Many fits, and 1000 predictions: what is held after the tenth, the last, and those."""
    states = []
    for k in range(int(count)):
        last = model(random_state=k, n_epochs=1).fit(X, Y)
        if k in (9, int(count) - 1):
            states.append(held())
    for k in range(1000):
        last.predict(X[: 1 + k % 50])
    return [*states, held()]


def at_once() -> Any:
    """Two fits in two threads, and one after the other."""
    found: dict[int, str] = {}

    def note(seed: int) -> None:
        found[seed] = fit(random_state=seed, n_epochs=8)

    alone = [fit(random_state=seed, n_epochs=8) for seed in (1, 2)]
    threads = [threading.Thread(target=note, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [alone, [found[1], found[2]]]


def copies() -> Any:
    """What copies of a fitted estimator answer and learn: groups of bits, each of which should be one."""
    fitted = model().fit(X, Y)
    others = [copy.deepcopy(fitted), pickle.loads(pickle.dumps(fitted)), clone(fitted).fit(X, Y)]
    answers = [bits(one) for one in (fitted, *others)]
    learnt = [bits(one.partial_fit(X, Y).partial_fit(X[:30], Y[:30])) for one in (fitted, *others)]
    return [answers, learnt]


def forked() -> Any:
    """Two forked processes fit while the parent, which has fitted before, fits on; then two of a pool."""
    expected = fit()
    numbers = [forked_off(lambda: fit() == fit() == expected or sys.exit(1)) for _ in range(2)]
    mine = [fit() for _ in range(3)]
    codes = [code_of(number) for number in numbers]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        theirs = pool.map_async(_fit_with, [3, 3]).get(WATCHDOG)
    return [expected, [*mine, *theirs], codes]


def _fit_with(seed: int) -> str:
    return fit(random_state=seed)


def forked_at_work(count: str) -> Any:
    """Processes are forked off while another thread fits, wherever it is; each fits too, and ends as any."""
    expected, rng = fit(), np.random.default_rng(1)

    def others() -> None:
        while True:
            fit()

    threading.Thread(target=others, daemon=True).start()
    codes = []
    for _ in range(int(count)):
        time.sleep(rng.uniform(0, 0.1))
        codes.append(code_of(forked_off(lambda: fit() == expected or sys.exit(1))))
    return codes


def without_threads(whose: str = "torch's") -> Any:
    """The system gives no more threads: what becomes of a fit, and of the next one. "own": kernels have their own."""
    if whose == "own":
        program.tell_team = lambda library: False
    expected = fit()
    if os.getuid() == 0:  # whom no such limit holds
        os.setuid(65534)
    before = resource.getrlimit(resource.RLIMIT_NPROC)
    resource.setrlimit(resource.RLIMIT_NPROC, (1, before[1]))
    try:
        threading.Thread(target=int).start()
    except RuntimeError:
        refused = True
    found = fit()
    resource.setrlimit(resource.RLIMIT_NPROC, before)
    return [refused, found == expected, fit() == expected]


def without_room() -> Any:
    """The kernels' maps do not fit: what a fit gives then, with kernels off, and with them on."""
    off, on = fit(kernels="off"), fit()
    program.memory_for = lambda size, device: size - 1
    return [fit(), off, on]


def without_memory() -> Any:
    """Ever more address space: the exit codes of fits, 3 where an error says what to do.

    With less than these 12 MB oneDNN says that it "could not create a primitive", and nothing of memory.
    """
    fit()
    used = psutil.Process().memory_info().vms

    def limited(extra: int) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (used + extra, used + extra))
        try:
            model(batch_size=1000).fit(np.tile(X, (10, 1, 1)), np.tile(Y, 10))
        except (MemoryError, FovealError):
            sys.exit(3)

    return [code_of(forked_off(lambda mb=mb: limited(mb * 10**6))) for mb in (12, 32, 64, 128, 2000)]


if __name__ == "__main__":
    settle()
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])), flush=True)
    os._exit(0)  # threads may be at work
