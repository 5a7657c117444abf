"""The compiled kernels under the compiler's sanitizers, in programs of their own: tests/native.

The address sanitizer sees every access beyond an array, and between the pieces of a network's memory; the leak
sanitizer what nobody frees; the third undefined behaviour; the thread sanitizer what two threads do in no order.
"""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from foveal.kernels.processor import lacking

ROOT = Path(__file__).parents[2]
COMPILER = os.environ.get("CXX", "g++")
#: Floats in a vector -> flags. 4 are what NEON has; the same source runs on any processor.
WIDTHS = {4: (), 8: ("-march=x86-64-v3",), 16: ("-march=x86-64-v4", "-mprefer-vector-width=512")}
LEVELS = {8: "avx2", 16: "avx512"}
ADDRESS = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
THREAD = ("-O1", "-g", "-fsanitize=thread")
PLAIN = ("-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast")
SETTINGS = {
    # No memory is an answer, and a forked process may have threads of its own.
    "ASAN_OPTIONS": "allocator_may_return_null=1:detect_leaks=1",
    "TSAN_OPTIONS": "die_after_fork=0:halt_on_error=1",
}
#: Rounding, |a - b| / |b| of a tensor: between widths it was 3e-6 at most.
CLOSE = 1e-4

pytestmark = pytest.mark.long


@cache
def why_not(flags: tuple[str, ...]) -> str | None:
    """Say why programs with such flags cannot be built and run here."""
    if shutil.which(COMPILER) is None:
        return f"there is no compiler {COMPILER}"
    program = ["-x", "c++", "-", "-o", "/dev/null", *flags]
    done = subprocess.run([COMPILER, *program], input="int main() {}", capture_output=True, text=True, check=False)
    return f"{COMPILER} cannot build with {' '.join(flags)}: {done.stderr[-200:]}" if done.returncode else None


@cache
def built(folder: Path, name: str, lanes: int, flags: tuple[str, ...]) -> Path:
    """Compile one of the drivers with all of native/."""
    flags = (*WIDTHS[lanes], *flags)
    reason = why_not(flags) or (lanes in LEVELS and lacking(LEVELS[lanes]))
    if reason:
        pytest.skip(str(reason))
    program = folder / f"{name}{lanes}{'-'.join(f.split('=')[-1] for f in flags if 'sanitize=' in f)}"
    sources = [str(path) for path in (*(ROOT / "native").glob("*.cpp"), ROOT / "tests" / "native" / f"{name}.cpp")]
    shared = ["-std=c++17", "-pthread", f"-DFOVEAL_LANES={lanes}", f"-I{ROOT / 'native'}", "-Wno-psabi"]
    subprocess.run([COMPILER, *shared, *flags, *sources, "-o", str(program), "-ldl"], check=True)
    return program


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("built")


def run(program: Path, *arguments: object) -> str:
    """Run a driver; whatever a sanitizer has to say is an error."""
    command = [str(program), *map(str, arguments)]
    done = subprocess.run(command, env=os.environ | SETTINGS, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "Sanitizer:" not in done.stderr, done.stderr[-4000:]
    return done.stdout


@pytest.mark.parametrize("lanes", WIDTHS)
@pytest.mark.parametrize("flags", [ADDRESS, THREAD], ids=["address and undefined", "thread"])
def test_every_network_in_one_to_three_threads(lanes, flags, folder, tmp_path):
    """Batches of 1 to 9 rows, training and inference, two networks at once, a process forked off a thread at work."""
    out = run(built(folder, "drive", lanes, flags), tmp_path / "left.txt")
    assert f", {lanes} lanes" in out


@pytest.mark.parametrize("lanes", WIDTHS)
def test_memory_and_threads_refused_wherever_they_are_asked_for(lanes, folder):
    """Every refusal is a failure in words that leaks nothing; a step asks for nothing."""
    refused = int(run(built(folder, "refuse", lanes, ADDRESS)).split()[0])
    assert refused > 100


def tensors(path: Path) -> dict[str, np.ndarray]:
    lines = (line.split("\t") for line in path.read_text("utf-8").splitlines())
    return {name: np.array(numbers, dtype=np.float64) for name, *numbers in lines}


@pytest.mark.parametrize("other", [8, 16])
def test_four_lanes_compute_what_more_lanes_do(other, folder, tmp_path):
    """What NEON's width makes of the source, outputs and every gradient, as GCC emulates it where there is none."""
    left = {}
    for lanes in (4, other):
        run(built(folder, "drive", lanes, PLAIN), tmp_path / f"{lanes}.txt")
        left[lanes] = tensors(tmp_path / f"{lanes}.txt")
    assert left[4].keys() == left[other].keys()
    assert len(left[4]) > 100
    for name, wanted in left[other].items():
        error = np.linalg.norm(left[4][name] - wanted)
        assert error <= CLOSE * np.linalg.norm(wanted) + 1e-9, name
