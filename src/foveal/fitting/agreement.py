"""What the processes of one fit tell each other: its seed, its checkpoint, and that all have the same before them."""

import hashlib
import json
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from foveal.core.checkpoints import newest, open_folder
from foveal.core.warn import warn_user
from foveal.train.checkpoint import Saved, read_saved
from foveal.train.processes.distributed import Processes

#: PyTorch's layers that know of no other process's rows.
_BY_PROCESS = ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d")


def seed_for_all(processes: Processes, seed: int) -> int:
    """Give the seed of process 0: a drawn one is another in each process."""
    return int(processes.from_first(lambda: str(seed).encode()))


def newest_for_all(processes: Processes, folder: Path, opened: ExitStack) -> Saved | None:
    """Open a folder of checkpoints for as long as `opened` is, and give its newest one.

    Process 0 alone uses the folder; the others get the file's bytes, so that no other machine need see it.
    """
    if processes.world == 1:
        return newest(opened.enter_context(open_folder(folder)), read_saved)
    kept: list[Saved] = []

    def read() -> bytes:
        saved = newest(opened.enter_context(open_folder(folder)), read_saved)
        kept.extend([saved] if saved is not None else [])
        return b"" if saved is None else saved.path.read_bytes()

    content = processes.from_first(read)
    if kept or not content:
        return kept[0] if kept else None
    with tempfile.TemporaryDirectory() as own:
        copy = Path(own) / "checkpoint.safetensors"
        copy.write_bytes(content)
        return replace(read_saved(copy), path=folder / copy.name)


def check_same_start(processes: Processes, identity: Mapping[str, Any], net: nn.Module) -> None:
    """Refuse processes that have other data, parameters or first weights than process 0: they would learn nonsense.

    Raises `ParameterError` in all of them. The seed is process 0's in any case.
    """
    if processes.world == 1:
        return
    parameters = {name: value for name, value in identity["parameters"].items() if name != "random_state"}
    described = json.dumps({**identity, "parameters": parameters}).encode()
    processes.check_same(hashlib.sha256(described).digest(), "data and parameters")
    check_same_weights(processes, net)
    odd = next((m for m in net.modules() if type(m).__name__ in _BY_PROCESS), None)
    if odd is not None and processes.rank == 0:
        warn_user(
            f"{type(odd).__name__} in net normalises by the rows of its own process, {processes.world} of which share "
            "a batch; foveal.layers.BatchNorm normalises by all of them"
        )


def check_same_weights(processes: Processes, net: nn.Module) -> None:
    """Raise `ParameterError` if a process has other weights than process 0."""
    if processes.world == 1:
        return
    digest = hashlib.sha256()
    for value in (*net.parameters(), *net.buffers()):
        digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    processes.check_same(digest.digest(), "the weights")
