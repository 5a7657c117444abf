"""What the processor can run of the SIMD levels that libraries are compiled for. Torch-free; asks the system only."""

import ctypes
import platform
import sys
from pathlib import Path
from typing import NamedTuple


class Level(NamedTuple):
    """A SIMD level: floats in a vector, and the processor's features that its code takes for granted."""

    lanes: int
    machines: tuple[str, ...]
    features: frozenset[str]


_X86 = ("x86_64", "amd64")
#: The names of /proc/cpuinfo for x86-64-v3 (abm is lzcnt) and v4: System V ABI for x86-64, section 3.1.1.
_V3 = frozenset({"avx", "avx2", "fma", "bmi1", "bmi2", "f16c", "movbe", "abm"})
_V4 = _V3 | {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}

#: Best first. Names, lanes and flags also stand in CMakeLists.txt.
LEVELS = {
    "avx512": Level(16, _X86, _V4),
    "avx2": Level(8, _X86, _V3),
    "neon": Level(4, ("aarch64", "arm64"), frozenset()),  # every 64-bit ARM has it
}

#: Where macOS (sysctl hw.optional) calls a feature otherwise; it has no name for lzcnt, which came with bmi1.
_SYSCTL = {"avx": "avx1_0", "avx2": "avx2_0", "abm": "bmi1"}


def features_here() -> frozenset[str]:
    """Give the processor's features, or none where nothing tells them.

    The kernel lists AVX only if it also saves the wide registers, so what is listed can be used.
    """
    if sys.platform == "darwin":
        return frozenset(name for name in _V4 if _sysctl(f"hw.optional.{_SYSCTL.get(name, name)}"))
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as listed:
            return features_listed(next((line for line in listed if line.startswith("flags")), ""))
    except OSError:
        return frozenset()


def features_listed(line: str) -> frozenset[str]:
    r"""Read a line of /proc/cpuinfo; it may stand there for every core, but cores do not differ.

    >>> sorted(features_listed("flags\t\t: fpu avx2 fma\n"))
    ['avx2', 'fma', 'fpu']
    """
    return frozenset(line.partition(":")[2].split())


def lacking(level: str, machine: str | None = None, features: frozenset[str] | None = None) -> list[str]:
    """List what the processor lacks for a level: nothing, its kind, or features in the order of their names.

    >>> lacking("avx2", "x86_64", frozenset("avx avx2 bmi1 bmi2 f16c fma".split()))
    ['abm', 'movbe']
    >>> lacking("neon", "x86_64"), lacking("neon", "arm64")
    (['aarch64'], [])
    """
    needed = LEVELS[level]
    if (machine or platform.machine()).lower() not in needed.machines:
        return [needed.machines[0]]
    return sorted(needed.features - (features_here() if features is None else features)) if needed.features else []


def _sysctl(name: str) -> bool:
    value, size = ctypes.c_int64(0), ctypes.c_size_t(8)
    call = ctypes.CDLL(None).sysctlbyname
    return (
        call(name.encode(), ctypes.byref(value), ctypes.byref(size), None, ctypes.c_size_t(0)) == 0 and value.value > 0
    )
