"""kill -9, a full disk and a broken one at every system call of a save: the old or the new file is there, whole."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from foveal.core.checkpoints import checkpoints, newest, open_folder, write_checkpoint
from foveal.train.checkpoint import read_saved

from .resumable import data, estimator, fingerprint
from .saver import content, read
from .system_calls import HERE, Point, namespace, needs_namespace, needs_strace, points_of, traced

SIZES = {"small": (1000, 1000), "large": (3_000_000, 3_000_000)}
ERRORS = ("ENOSPC", "EIO", "EACCES")
BEFORE = 2  # the step of the newest checkpoint that is there before


def made(folder: Path) -> Path:
    """Make a folder with two checkpoints, so that a save also removes one."""
    shutil.rmtree(folder, ignore_errors=True)
    with open_folder(folder):
        for step in (1, BEFORE):
            write_checkpoint(folder, step, content(step, 1000))
    return folder


@pytest.fixture(params=SIZES)
def points(request, tmp_path) -> tuple[tuple[int, ...], list[Point]]:
    """Give two sizes of checkpoints, and every system call of a process that saves them."""
    sizes, folder = SIZES[request.param], made(tmp_path / "run")
    for _ in range(2):  # the first may find no compiled modules
        done = traced(tmp_path / "trace", "saver.py", made(folder), *sizes)
        assert (done.returncode, done.stderr) == (0, "")
    found = points_of(tmp_path / "trace", folder)
    assert {p.call for p in found} >= {"openat", "write", "fsync", "rename", "unlink"}
    return sizes, found


def steps_told(output: str) -> int:
    """Give the step of the newest checkpoint that the process told of before it ended."""
    lines = output.splitlines()
    return int(lines[-1].strip("()").split(",")[0]) if lines else BEFORE


def whole(folder: Path, told: int, sizes: tuple[int, ...]) -> None:
    """Every checkpoint is whole, the newest is the last told of or the one after; the folder can be used."""
    assert [read(path) for path in checkpoints(folder)]
    with open_folder(folder):  # the lock is free
        assert not [path.name for path in folder.iterdir() if path.name.endswith((".tmp", ".broken"))]
        step, size = newest(folder, read)
        assert told <= step <= told + 1
        assert size == (1000 if step <= BEFORE else sizes[step - BEFORE - 1])
        write_checkpoint(folder, 9, content(9, 500))
        assert newest(folder, read) == (9, 500)
        assert len(checkpoints(folder)) == 2


@needs_strace
def test_killed_at_every_call_the_old_or_the_new_file_is_there(points, tmp_path):
    sizes, found = points
    for point in found:
        folder = made(tmp_path / "run")
        done = traced(
            tmp_path / "log", "saver.py", folder, *sizes, inject=f"{point.call}:signal=KILL:when={point.number}"
        )
        assert done.returncode in (-9, 137), (point, done)
        whole(folder, steps_told(done.stdout), sizes)
    print(f"\nkilled at {len(found)} points of two saves of {sizes[0]:,} bytes")
    assert len(found) >= 20


def fails_well(points, tmp_path, errors):
    """Let each call fail: either nobody minds, or there is one line, exit code 5, and the old file is whole."""
    sizes, found = points
    refused, tried = 0, 0
    for place, point in enumerate(
        p for p in found if "O_RDONLY|O_CLOEXEC" not in p.line or "safetensors" not in p.line
    ):
        for error in errors if len(errors) > 1 else (ERRORS[place % 3],):
            folder = made(tmp_path / "run")
            fault = f"{point.call}:error={error}:when={point.number}"
            done = traced(tmp_path / "log", "saver.py", folder, *sizes, inject=fault)
            assert done.returncode in (0, 5), (point, done)
            assert "Traceback" not in done.stderr
            assert done.returncode == 0 or (done.stderr.count("\n") == 1 and "cannot write" in done.stderr), done
            whole(folder, steps_told(done.stdout), sizes)
            refused, tried = refused + (done.returncode == 5), tried + 1
    print(f"\n{tried} calls failed in saves of {sizes[0]:,} bytes, {refused} were told of")
    assert refused >= tried / 2
    assert "INJECTED" in (tmp_path / "log").read_text()


@needs_strace
def test_a_call_that_fails_is_one_line_and_the_old_file_stays(points, tmp_path):
    fails_well(points, tmp_path, ERRORS[:1])


@needs_strace
@pytest.mark.long
def test_every_call_that_fails_in_every_way_is_one_line(points, tmp_path):
    fails_well(points, tmp_path, ERRORS)


@needs_namespace
def test_a_save_larger_than_a_disk_of_64_kilobytes(tmp_path):
    save = f"{sys.executable} {HERE / 'saver.py'} {tmp_path}"
    script = f"mount -t tmpfs -o size=64k tmpfs {tmp_path} && {save} 20000; {save} 100000; echo $?; {save}"
    done = subprocess.run([*namespace(), "sh", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split("\n") == ["None", "(3, 20000)", "(3, 20000)", "5", "(3, 20000)", ""], done
    assert "No space left on device; free some space or choose another folder" in done.stderr
    assert done.stderr.count("\n") == 1


def fit(folder: Path, *strace: str) -> subprocess.CompletedProcess:
    """Fit in a child that saves after every step."""
    command = [*strace, sys.executable, str(HERE / "resumable.py"), "plain", str(folder), "1"]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@needs_strace
@pytest.mark.parametrize(
    ("call", "number"),
    [("fsync", 7), *(pytest.param(call, n, marks=pytest.mark.long) for call, numbers in
     (("fsync", (1, 2, 9, 24, 40)), ("rename", (1, 2, 5, 20)), ("unlink", (4, 12, 21))) for n in numbers)],
)  # fmt: skip
def test_a_fit_killed_in_a_save_goes_on_to_the_same_bits(call, number, tmp_path):
    """A step has two fsyncs, a rename and an unlink or two: the run has twenty steps."""
    strace = ("strace", "-f", "-qq", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={number}")
    killed = fit(tmp_path / "run", *strace, "-o", str(tmp_path / "log"))
    assert killed.returncode in (-9, 137), killed
    for path in checkpoints(tmp_path / "run"):
        read_saved(path)
    done = fit(tmp_path / "run")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split()[1] == fingerprint(estimator("plain", None).fit(*data("plain")))
