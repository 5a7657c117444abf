"""The open files of a process, as the system lists them, are written through where they are."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

WRITES = "import sys; from foveal.core.files import write_atomically as w; w(sys.argv[1], sys.argv[2].encode())"
needs_descriptors = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are listed by Linux")


def shell(script: str, folder: Path) -> subprocess.CompletedProcess:
    write = f"{shlex.quote(sys.executable)} -c {shlex.quote(WRITES)}"
    source = {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = ["bash", "-c", script.replace("WRITE", write)]
    return subprocess.run(
        command, cwd=folder, env=os.environ | source, capture_output=True, text=True, timeout=60, check=False
    )


@needs_descriptors
@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("WRITE /dev/stdout new | cat > a", "new"),
        ("WRITE /dev/fd/1 new > a", "new"),
        ("echo first > a; WRITE /dev/stdout new >> a", "first\nnew"),
        ("{ echo first; WRITE /proc/self/fd/1 new; echo last; } > a", "first\nnewlast\n"),
        ("WRITE /dev/stderr new 2> a", "new"),
        ("WRITE /dev/fd/7 new 7> a", "new"),
        ("ln -s /dev/stdout link; WRITE link new > a; test -L link", "new"),
        ("WRITE >(cat > a) new; for i in $(seq 50); do test -s a && break; sleep 0.1; done", "new"),
    ],
)
def test_open_files_of_the_process_go_on_where_they_are(script, found, tmp_path):
    done = shell(script, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "a").read_text() == found


@needs_descriptors
def test_a_descriptor_that_is_not_open_is_refused(tmp_path):
    assert (
        "ResourceError: cannot write /dev/fd/77: Bad file descriptor" in shell("WRITE /dev/fd/77 new", tmp_path).stderr
    )
