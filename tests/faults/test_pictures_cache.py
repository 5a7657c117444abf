"""The cache of decoded pictures: killed at random moments, by several processes at once, on a disk with no room."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from foveal.data.images.cache import store
from foveal.data.images.cache.about import ABOUT
from foveal.data.images.cache.keys import known_by
from foveal.data.images.cache.rows_file import RowsFile
from foveal.data.images.cache.store import Work, decode_into, home, whole
from foveal.data.images.progress import SILENT
from foveal.data.images.reading.rule import dtype_of, make_rule
from foveal.data.images.records import Place

from .system_calls import namespace

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked, and this system cannot")
COUNT, RULE = 300, make_rule((24, 20))
FORK = multiprocessing.get_context("fork") if hasattr(os, "fork") else None


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Write pictures, and give them with what must be read."""
    folder, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    X = rng.integers(0, 256, (COUNT, 24, 20, 3), dtype=np.uint8)
    places = []
    for number, pixels in enumerate(X):
        Image.fromarray(pixels).save(folder / f"{number}.png")
        places.append(Place(str(folder / f"{number}.png"), f"{number}.png"))
    return Work("root", tuple(places), np.arange(COUNT), RULE), X


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path / "cache"))
    return home() / "key"


def started(work, folder):
    process = FORK.Process(target=decode_into, args=(folder, work, SILENT))
    process.start()
    return process


def in_rows(folder, work, X):
    """Hold what is marked against the pictures; give how many there are."""
    try:
        with RowsFile(folder, work.shape, dtype_of(RULE), write=False) as rows:
            if not rows.is_begun():
                return 0
            rows.check()
            np.testing.assert_array_equal(rows.mapped()[rows.there], X[rows.there])
            return int(rows.there.sum())
    except FileNotFoundError:
        return 0


@pytest.mark.parametrize("kills", [6, pytest.param(60, marks=pytest.mark.long)])
def test_a_decoding_that_is_killed_goes_on(pictures, folder, kills, monkeypatch):
    monkeypatch.setattr("foveal.data.images.cache.store._EVERY", 0.001)
    (work, X), rng, there = pictures, np.random.default_rng(kills), [0]
    for number in range(kills):
        process, until = started(work, folder), time.monotonic() + 10
        while number % 2 and in_rows(folder, work, X) <= there[-1] < COUNT and time.monotonic() < until:
            time.sleep(0.001)  # some are killed before they have done anything
        time.sleep(float(rng.uniform(0, 0.02)))
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        there.append(in_rows(folder, work, X))
        assert there[-1] >= there[-2]
    assert there[-1] > 0
    found = decode_into(folder, work, SILENT)
    np.testing.assert_array_equal(found.X, X)
    assert found.bad == []
    assert whole(folder, work) is not None
    print(f"\nrows there after each kill: {there[1:]}")


def test_a_taking_over_that_is_killed_goes_on(pictures, folder, monkeypatch):
    monkeypatch.setattr("foveal.data.images.cache.store._EVERY", 0.001)
    work, X = pictures[0]._replace(files=known_by(pictures[0].places).each), pictures[1]
    some = work._replace(places=work.places[10:], wanted=np.arange(COUNT - 10), files=work.files[10:])
    decode_into(home() / "before", some, SILENT)
    original = store.decoded
    monkeypatch.setattr(store, "decoded", no_pictures)
    rng, there = np.random.default_rng(0), [0]
    for number in range(6):
        process, until = started(work, folder), time.monotonic() + 10
        while number % 2 and in_rows(folder, work, X) <= there[-1] < COUNT - 10 and time.monotonic() < until:
            time.sleep(0.001)
        time.sleep(float(rng.uniform(0, 0.01)))
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        there.append(in_rows(folder, work, X))
        assert there[-1] >= there[-2]
    print(f"\nrows there after each kill: {there[1:]}")
    assert 0 < there[-1] <= COUNT - 10
    monkeypatch.setattr(store, "decoded", original)
    np.testing.assert_array_equal(decode_into(folder, work, SILENT).X, X)


def no_pictures(*_):
    """Decode nothing: what is there was taken over."""
    yield []


def test_several_processes_at_once_one_of_them_killed(pictures, folder):
    work, X = pictures
    for wait in (0.03, 0.02, 0.01, 0.005, 0):  # a quick machine may be through before it is stopped
        shutil.rmtree(folder, ignore_errors=True)
        first = started(work, folder)
        time.sleep(wait)
        if first.is_alive():
            break
        first.join()
    assert first.is_alive(), "it was over before it could be stopped"
    os.kill(first.pid, signal.SIGSTOP)  # wherever it is, it stays there while the others come
    others = [started(work, folder) for _ in range(3)]
    time.sleep(0.05)
    os.kill(first.pid, signal.SIGKILL)
    for process in (first, *others):
        process.join(60)
    assert [process.exitcode for process in (first, *others)] == [-signal.SIGKILL, 0, 0, 0]
    np.testing.assert_array_equal(whole(folder, work).X, X)
    assert (folder / ABOUT).exists()


CTRL_C = """
import sys
from foveal import open_images
from foveal.data.images.progress import Progress

def show(what, done, bad, total):
    if what == "decoding":
        print("begun", flush=True)

open_images(sys.argv[1], size=600, resize="squash", progress=Progress(lambda sentence: None, show))
"""


def test_ctrl_c_ends_promptly_and_keeps_what_is_decoded(tmp_path):
    for number in range(400):
        path = tmp_path / "pictures" / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (500, 400), (number % 256, 0, 0)).save(path)
    command = [sys.executable, "-c", CTRL_C, str(tmp_path / "pictures")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "begun\n", process.stderr.read()
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        told = process.communicate(timeout=60)[1]
        seconds = time.monotonic() - began
    assert "KeyboardInterrupt" in told
    assert seconds < 10
    (folder,) = home().iterdir()
    with RowsFile(folder, (400, 600, 600, 3), np.dtype(np.uint8), write=False) as rows:
        assert 0 < rows.there.sum() < 400


NO_ROOM = """
mount -t tmpfs -o size=128k none "$1" && shift && exec "$@"
"""
OPENS = """
import sys
from foveal import open_images
from foveal.data.images.progress import Progress
p = open_images(sys.argv[1], size=64, progress=Progress(lambda s: print(s), lambda *values: None))
print("read", p.shape, type(p._rows.X).__name__, int(p[:].astype(int).sum()))
"""


@pytest.mark.skipif(namespace() is None, reason="needs mounts of its own")
@pytest.mark.parametrize("read_only", [False, True])
def test_a_disk_without_room_or_read_only_costs_no_run(tmp_path, read_only):
    for number in range(40):
        path = tmp_path / "pictures" / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (64, 64), (number, 1, 2)).save(path)
    cache = tmp_path / "small"
    cache.mkdir()
    script = NO_ROOM.replace("size=128k", "size=9m,ro" if read_only else "size=128k")
    command = [
        *namespace(),
        "sh",
        "-c",
        script,
        "sh",
        str(cache),
        sys.executable,
        "-c",
        OPENS,
        str(tmp_path / "pictures"),
    ]
    done = subprocess.run(
        command, env=os.environ | {"FOVEAL_CACHE": str(cache)}, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "in memory, to be decoded again next time (" in done.stdout
    assert ("Read-only" if read_only else "has free") in done.stdout
    total = 64 * 64 * (sum(range(40)) + 3 * 40)
    assert done.stdout.splitlines()[-1] == f"read (40, 64, 64, 3) ndarray {total}"
    assert list(Path(cache).iterdir()) == []
