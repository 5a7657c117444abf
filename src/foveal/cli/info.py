"""`foveal info`: what runs here, and on what."""

import os
import platform
from pathlib import Path
from typing import Any

import foveal
from foveal.cli.options import Debug, Json
from foveal.cli.output import show_facts, show_json

_PACKAGES = ("numpy", "scikit-learn", "safetensors")


def info(json: Json = False, debug: Debug = False) -> None:
    """Print versions, device, threads, cores, kernels and the folder for fetched data."""
    facts = versions() | _machine()
    if json:
        show_json(facts)
        return
    show_facts({name: str(value) for name, value in facts.items()})


def versions() -> dict[str, str]:
    """Give the versions that decide what a run computes; torch's with its build, which its package may not tell."""
    from importlib.metadata import version  # help is 15 ms quicker without it

    import torch

    here = {"foveal": foveal.__version__, "python": platform.python_version(), "torch": str(torch.__version__)}
    return here | {package: version(package) for package in _PACKAGES}


def environment() -> dict[str, str]:
    """Give what a run is known to depend on: versions, device, kernels."""
    machine = {name: str(value) for name, value in _machine().items() if name != "cache"}
    return versions() | machine | {"system": platform.system()}


def _machine() -> dict[str, Any]:
    import torch

    from foveal.core.device import resolve_device, resolve_precision
    from foveal.data.fetch import cache_folder
    from foveal.kernels.library import status

    device = resolve_device("auto")
    return {
        "device": str(device),
        "device name": torch.cuda.get_device_name(device) if device.type == "cuda" else _processor(),
        "precision": resolve_precision("auto", device),
        "threads": torch.get_num_threads(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "kernels": str(status()),
        "cache": str(cache_folder()),
    }


def _processor() -> str:
    """Give the processor's name, which only /proc knows on Linux."""
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text().splitlines() if listed.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
