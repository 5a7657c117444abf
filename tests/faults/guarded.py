"""A child process that reads files it must not trust: `python guarded.py JOBS`, a JSON list of [kind, path].

Every file is read under an audit hook that fails on the running of code, on sockets and processes, on an import, and on
the opening of any other file. One line of JSON a file comes out: what was raised, how long it took, what was forbidden,
and by how much memory grew. A watchdog ends the process with its stack if a file takes a minute.
"""

import faulthandler
import json
import sys
import time
from pathlib import Path

import numpy as np

import foveal

FORBIDDEN = ("exec", "compile", "import", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn",
             "subprocess.", "socket.", "urllib.", "ctypes.dlopen", "pickle.", "marshal.", "shutil.", "pty.",
             "ftplib.", "http.", "os.link", "os.symlink", "os.chmod", "os.chown", "os.putenv")  # fmt: skip
#: Events of paths, and how many they have: a checkpoint's folder may be written in.
ON_PATHS = {"open": 1, "os.remove": 1, "os.rename": 2, "os.truncate": 1, "os.mkdir": 1, "os.rmdir": 1}
#: Read to see how much memory there is.
SYSTEM = ("/proc/meminfo", "/proc/self/", "/sys/fs/cgroup/")
#: Seconds that a single file may take before the watchdog ends all.
WATCHDOG = 60

CLASSIFIER = {"in_channels_list": (None, 2), "out_channels": 2, "in_features_list": (None, 4), "random_state": 0,
              "n_epochs": 2, "batch_size": 8, "valid_size": 0.25}  # fmt: skip
X, Y = np.random.default_rng(0).normal(size=(24, 4, 4)).astype(np.float32), np.arange(24) % 2


class Guard:
    """The audit hook: asleep, or watching over the reading of one file or folder."""

    def __init__(self) -> None:
        self.allowed: str | None = None
        self.found: list[str] = []
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple) -> None:
        if self.allowed is None:
            return
        inside = not event.startswith(FORBIDDEN) or (event.startswith("ctypes.dl") and arguments[0] is None)
        if event in ON_PATHS:
            paths = arguments[: ON_PATHS[event]]
            inside = all(isinstance(p, int) or str(p).startswith((self.allowed, *SYSTEM)) for p in paths)
        if not inside:
            self.found.append(f"{event} {str(arguments)[:200]}")
            raise PermissionError(f"forbidden: {event}")


def read(kind: str, path: str) -> None:
    """Read a model and predict with it, or go on from the checkpoints in the file's folder."""
    if kind == "model":
        model = foveal.load(path)
        x = X if model.input_shape_ == (1, 4, 4) and model.layout_ == "NHW" else None
        if x is not None:
            model.predict(x)
        return
    foveal.CNNClassifier(**CLASSIFIER, checkpoint=Path(path).parent).fit(X, Y)


def peak(*, reset: bool = False) -> int:
    """Give the most bytes that were resident since the last reset."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def attempt(guard: Guard, kind: str, path: str) -> dict:
    """Read one file under guard."""
    before, began, raised, message = peak(reset=True), time.process_time(), None, ""
    faulthandler.dump_traceback_later(WATCHDOG, exit=True)
    guard.found, guard.allowed = [], path if kind == "model" else str(Path(path).parent)
    try:
        read(kind, path)
    except BaseException as error:  # noqa: BLE001  (whatever it is, the test wants to know)
        raised, message = type(error).__name__, str(error)
    finally:
        guard.allowed = None
        faulthandler.cancel_dump_traceback_later()
    seconds = time.process_time() - began  # a pipe's waiting is the watchdog's matter
    return {"path": path, "raised": raised, "message": message[:2000], "forbidden": guard.found, "seconds": seconds,
            "grew": peak() - before}  # fmt: skip


if __name__ == "__main__":
    faulthandler.enable()
    jobs = json.loads(Path(sys.argv[1]).read_text())
    guard = Guard()
    for kind, path in jobs[: int(sys.argv[2])]:  # good ones: whatever is imported on the way is imported now
        read(kind, path)
    for kind, path in jobs:
        print(json.dumps(attempt(guard, kind, path)), flush=True)
