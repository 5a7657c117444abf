"""Settings of the process: how threads wait, and what becomes of memory that was freed. Torch-free.

torch's OpenMP threads spin while they wait for each other. Beside another busy process a step of two threads then takes
ten to forty times as long (2,900 images/s became 150 on two cores), because the spinning threads hold the cores that
the working ones need. Waiting without any spinning costs up to a sixth of the speed on an idle machine. A thousand
turns, some microseconds, lose about 5 % to the better of both: six convolutions at batch 128 on two cores made 1,588
images/s beside a busy process (passive 1,685, default 1,305) and 3,564 alone (passive 3,072, default 3,719).

glibc gives every block above 32 MiB back to the system when it is freed, and the system zeroes the next one. Feature
maps of that size come and go in every step: a step of 512 images of 32x32 took 1.5 times as long as with blocks kept.
"""

import ctypes
import os
import sys
from collections.abc import Container, Mapping, MutableMapping

#: GNU OpenMP's variable, and the ones by which the user may have said how threads wait: that stays.
SETTINGS = {"GOMP_SPINCOUNT": "1000"}
SAID = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")

#: glibc's parameters of `mallopt`: its number, and bytes. Larger blocks than the first are given back when they are
#: freed; of what lies free at the end of the heap the second stays.
KEPT_MEMORY = {"M_MMAP_THRESHOLD": (-3, 2**28), "M_TRIM_THRESHOLD": (-1, 2**30)}

#: FOVEAL_SETTINGS=off leaves everything as it is.
SWITCH = "FOVEAL_SETTINGS"


def settle(environment: MutableMapping[str, str] = os.environ, loaded: Container[str] = sys.modules) -> bool:
    """Make the settings, unless torch is loaded already, they are switched off, or the user made them.

    >>> settle(environment := {}, loaded=()), environment
    (True, {'GOMP_SPINCOUNT': '1000'})
    >>> settle({"FOVEAL_SETTINGS": "off"}, loaded=()), settle({}, loaded=("torch",))
    (False, False)
    """
    said = any(name in environment for name in SAID)
    if said or "torch" in loaded or environment.get(SWITCH, "").lower() == "off":
        return False
    environment.update(SETTINGS)
    return True


def keep_memory(environment: Mapping[str, str] = os.environ) -> bool:
    """Let freed blocks of up to 256 MiB stay with the process; glibc only, and some older ones refuse.

    Only what lies free at the end of the heap, and more than 1 GiB of it, goes back by itself; `release_memory` gives
    back all that is free. What the user has told glibc by a variable stays.

    >>> keep_memory({"FOVEAL_SETTINGS": "off"}), keep_memory({"MALLOC_TRIM_THRESHOLD_": "1000"})
    (False, False)
    """
    variables = any(name.startswith("MALLOC_") for name in environment)
    told = variables or "glibc.malloc" in environment.get("GLIBC_TUNABLES", "")
    if told or environment.get(SWITCH, "").lower() == "off" or sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    return mallopt is not None and all(mallopt(number, size) for number, size in KEPT_MEMORY.values())


def release_memory() -> None:
    """Give all freed memory that glibc keeps back to the system."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)
