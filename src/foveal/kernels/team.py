"""PyTorch's threads, on which the kernels run.

OpenMP's threads look for work for some milliseconds before they sleep. Kernels with threads of their own had to share
the cores with them, for there is always some operator of PyTorch between two runs. On two cores, with torch loaded
before foveal (else its threads look less long), the plain stack was trained at 0.65 of the speed that it now has, and
ResNet-20 no faster than on one core; beside busy programs both took 1.2 to 1.3 times as long, whatever came first.
"""

import ctypes
import os
from ctypes import c_void_p, cast
from functools import cache
from pathlib import Path

import torch

from foveal.kernels.library import Library

#: In one that is forked off later OpenMP counts on threads that it does not have.
_PROCESS = os.getpid()
_NEEDED = ("GOMP_parallel", "omp_get_num_threads", "omp_get_thread_num")


@cache
def tell_team(library: Library) -> bool:
    """Tell a library, once, of the OpenMP that PyTorch is linked with; False where there is none that it can use."""
    if os.getpid() != _PROCESS:
        return False
    try:
        linked = ctypes.CDLL(str(Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"), os.RTLD_LAZY)
        found = [cast(linked[name], c_void_p) for name in _NEEDED]
    except (OSError, AttributeError):  # another system, or another OpenMP
        return False
    library.calls.foveal_team(*found)
    return True
