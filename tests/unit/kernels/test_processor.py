"""What is read of the processor, from texts of other ones too."""

import platform
import re
import sys
from pathlib import Path

import pytest

from foveal.kernels.processor import LEVELS, features_here, features_listed, lacking

ROOT = Path(__file__).parents[3]

HASWELL = "flags\t: fpu sse2 ssse3 fma movbe avx f16c abm bmi1 avx2 bmi2 erms"
SKYLAKE_SERVER = HASWELL + " avx512f avx512dq avx512cd avx512bw avx512vl"
KNIGHTS_LANDING = HASWELL + " avx512f avx512pf avx512er avx512cd"
SANDY_BRIDGE = "flags\t: fpu sse2 ssse3 avx"
NO_WIDE_REGISTERS_SAVED = "flags\t: fpu sse2 ssse3 movbe abm bmi1 bmi2"


@pytest.mark.parametrize(
    ("line", "runs"),
    [
        (SKYLAKE_SERVER, ["avx512", "avx2"]),
        (HASWELL, ["avx2"]),
        (KNIGHTS_LANDING, ["avx2"]),
        (SANDY_BRIDGE, []),
        (NO_WIDE_REGISTERS_SAVED, []),
        ("", []),
    ],
)
def test_a_processor_runs_the_levels_that_it_has_every_feature_of(line, runs):
    assert [level for level in LEVELS if not lacking(level, "x86_64", features_listed(line))] == runs


@pytest.mark.parametrize(
    ("machine", "runs"), [("aarch64", ["neon"]), ("arm64", ["neon"]), ("riscv64", []), ("i686", [])]
)
def test_other_machines(machine, runs):
    assert [level for level in LEVELS if not lacking(level, machine, features_listed(SKYLAKE_SERVER))] == runs


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="only Linux on x86-64 lists them in /proc/cpuinfo"
)
def test_this_processor_is_read():
    assert {"fpu", "sse2"} <= features_here()


def test_levels_and_lanes_are_those_that_are_built():
    text = (ROOT / "CMakeLists.txt").read_text("utf-8")
    assert {(name, int(n)) for name, n in re.findall(r"set\(LANES_(\w+) (\d+)\)", text)} == {
        (name, level.lanes) for name, level in LEVELS.items()
    }
