"""System calls made to fail or to kill, by strace, and what there is to try it with."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).parent
CALLS = ("openat", "write", "pwrite64", "fsync", "rename", "unlink")
STRACE = ("strace", "-f", "-qq", "-e", f"trace={','.join(CALLS)}")


class Point(NamedTuple):
    """The `number`-th call of a name in a process, and the line that strace writes for it."""

    call: str
    number: int
    line: str


@cache
def no_strace() -> str | None:
    """Say why system calls cannot be made to fail here, if they cannot."""
    if shutil.which("strace") is None:
        return "needs strace (apt-get install strace)"
    tried = subprocess.run(
        [*STRACE, "-o", "/dev/null", "true"], capture_output=True, text=True, timeout=60, check=False
    )
    return None if tried.returncode == 0 else f"strace is not allowed here: {tried.stderr.strip()[-200:]}"


@cache
def namespace() -> tuple[str, ...] | None:
    """Give the command that runs another with mounts of its own, if there is one."""
    for command in (("unshare", "-Urm"), ("unshare", "-m")):
        script = (*command, "sh", "-c", "mount -t tmpfs -o size=64k tmpfs /mnt")
        if (
            shutil.which("unshare")
            and subprocess.run(script, capture_output=True, timeout=60, check=False).returncode == 0
        ):
            return command
    return None


needs_strace = pytest.mark.skipif(no_strace() is not None, reason=str(no_strace()))
needs_namespace = pytest.mark.skipif(namespace() is None, reason="needs a mount namespace of its own (unshare -Urm)")


def traced(log: Path, script: str, *arguments: object, inject: str = "") -> subprocess.CompletedProcess:
    """Run one of the scripts beside this file under strace, with a fault if one is given."""
    fault = ("-e", f"inject={inject}") if inject else ()
    command = [*STRACE, *fault, "-o", str(log), sys.executable, str(HERE / script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def points_of(log: Path, folder: Path) -> list[Point]:
    """List the calls of a trace from the first that names `folder`, without what is printed."""
    seen, found, begun = Counter(), [], False
    for line in log.read_text().splitlines():
        matched = re.match(r"\d+\s+(\w+)\(", line)
        if matched is None:
            continue
        seen[matched[1]] += 1
        begun = begun or str(folder) in line
        if begun and "write(1," not in line:
            found.append(Point(matched[1], seen[matched[1]], line))
    return found
