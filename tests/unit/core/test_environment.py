"""What importing foveal sets: how threads wait, if torch is not loaded yet, and what becomes of freed memory."""

import os
import subprocess
import sys

import pytest

from foveal.core.environment import keep_memory


def policy(code, **environment):
    clean = {k: v for k, v in os.environ.items() if k not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "FOVEAL_SETTINGS")}
    done = subprocess.run(
        [sys.executable, "-c", f"import os\n{code}\nprint(os.environ.get('GOMP_SPINCOUNT'))"],
        capture_output=True,
        text=True,
        check=True,
        env=clean | environment,
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("code", "environment", "expected"),
    [
        ("import foveal", {}, "1000"),
        ("from foveal.cli.main import run", {}, "1000"),
        ("import foveal", {"OMP_WAIT_POLICY": "active"}, "None"),
        ("import foveal", {"GOMP_SPINCOUNT": "7"}, "7"),
        ("import foveal", {"FOVEAL_SETTINGS": "off"}, "None"),
        ("import torch, foveal", {}, "None"),
    ],
)
def test_threads_spin_shortly_unless_told_otherwise(code, environment, expected):
    assert policy(code, **environment) == expected


PLACE = """
import numpy as np
place = np.empty(12 * 2**20, np.float32).ctypes.data  # 48 MiB
heap = next(line for line in open("/proc/self/maps") if "[heap]" in line).split()[0]
start, stop = (int(end, 16) for end in heap.split("-"))
print(start <= place < stop)
"""


def kept_by_glibc():
    return keep_memory({})  # older ones refuse blocks above 32 MiB


@pytest.mark.skipif(not kept_by_glibc(), reason="only glibc's allocator can be told what to keep")
@pytest.mark.parametrize(
    ("code", "environment", "kept"),
    [
        ("", {}, False),
        ("import foveal", {}, True),
        ("import torch, foveal", {}, True),
        ("import foveal", {"FOVEAL_SETTINGS": "off"}, False),
        ("import foveal", {"MALLOC_TRIM_THRESHOLD_": "1000000"}, False),
        ("import foveal", {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=3"}, False),
    ],
)
def test_large_blocks_lie_in_the_heap_which_keeps_them_unless_told_otherwise(code, environment, kept):
    clean = {k: v for k, v in os.environ.items() if k != "FOVEAL_SETTINGS" and not k.startswith(("MALLOC_", "GLIBC_"))}
    command = [sys.executable, "-c", code + PLACE]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=clean | environment)
    assert done.stdout.strip() == str(kept)


RELEASED = """
import numpy as np
from foveal.core.environment import release_memory

def own():
    return int(open("/proc/self/status").read().split("RssAnon:")[1].split()[0])

blocks = [np.ones(12 * 2**20, np.float32) for _ in range(4)] + [np.ones(100, np.float32)]
after = blocks.pop()
full = own()
blocks.clear()
kept = own()
release_memory()
print(full - kept < 60_000, kept - own() > 150_000)
"""


@pytest.mark.skipif(not kept_by_glibc(), reason="only glibc keeps freed memory")
def test_what_is_kept_can_be_given_back():
    done = subprocess.run(
        [sys.executable, "-c", "import foveal" + RELEASED], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "True"]
