"""Files of tensors and a description, in the format of safetensors, with a hash over all that they hold."""

import hashlib
import json
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from foveal.core.errors import ModelFileError, ResourceError
from foveal.core.free_memory import memory_for
from foveal.core.headers import MAX_HEADER, Header

#: Names of the dtypes in a file.
DTYPES = {
    torch.float64: "F64", torch.float32: "F32", torch.bfloat16: "BF16", torch.float16: "F16", torch.bool: "BOOL",
    torch.int64: "I64", torch.int32: "I32", torch.int16: "I16", torch.int8: "I8",
    torch.uint64: "U64", torch.uint32: "U32", torch.uint16: "U16", torch.uint8: "U8",
    torch.complex64: "C64", torch.float8_e4m3fn: "F8_E4M3", torch.float8_e5m2: "F8_E5M2",
}  # fmt: skip


def encode(kind: str, description: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> bytes:
    """Make the bytes of a file.

    The header's metadata has three entries: `format`, the kind of file; `description`, JSON; and `sha256`, over the
    description and every tensor, by which a file with a single bit changed is known for damaged.

    >>> b"foveal-model" in encode("foveal-model", {}, {"a": torch.zeros(2)})
    True
    """
    text = json.dumps(description)
    if len(text) > MAX_HEADER // 2:  # its quotes take two characters each in the header, the tensors' names some more
        raise ResourceError(
            f"the description of the {kind.removeprefix('foveal-')} takes {len(text):,} bytes, and a file holds at "
            f"most {MAX_HEADER // 2:,}; use fewer or shorter labels, or fewer epochs"
        )
    plain = {name: _plain(tensor) for name, tensor in tensors.items()}
    return safetensors.torch.save(plain, {"format": kind, "description": text, "sha256": _digest(text, plain)})


def unsavable(tensors: Mapping[str, Any]) -> str | None:
    """Name the first of some values that no file can give back, and say what it is; None if there is none.

    >>> unsavable({"a": torch.zeros(2), "b": torch.zeros(2, dtype=torch.complex128)})
    'b is a torch.complex128 tensor'
    """
    for name, value in tensors.items():
        if not isinstance(value, Tensor):
            return f"{name} is no tensor but {type(value).__name__}"
        if value.layout != torch.strided:
            return f"{name} is a {value.layout} tensor"
        if value.dtype not in DTYPES:
            return f"{name} is a {value.dtype} tensor"
    return None


def _plain(tensor: Tensor) -> Tensor:
    """Copy a tensor into memory of its own, in the order of its axes."""
    return tensor.detach().cpu().resolve_conj().resolve_neg().clone(memory_format=torch.contiguous_format)


def signature(tensors: Mapping[str, Tensor]) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Give dtype and shape of tensors as a header has them.

    >>> signature({"a": torch.zeros(2, 3)})
    {'a': ('F32', (2, 3))}
    """
    return {name: (DTYPES[t.dtype], tuple(t.shape)) for name, t in tensors.items()}


def read_tensors(path: str | PathLike[str], header: Header) -> dict[str, Tensor]:
    """Read the tensors of a file whose header was read and found to be as it should, and check their hash.

    Model files of version 1 have none. Raises `ModelFileError` if the file is damaged, or is another by now, and
    `ResourceError` if it does not fit into memory.
    """
    needed = 2 * header.size  # the bytes, then the tensors made of them
    if (free := memory_for(needed, torch.device("cpu"))) < needed:
        raise ResourceError(
            f"cannot read {path}: it takes {needed / 1e9:,.1f} GB of memory, but {free / 1e9:,.1f} GB are free; "
            "use a machine with more"
        )
    try:
        with Path(path).open("rb") as file:
            content = file.read(header.size + 1)
        tensors = safetensors.torch.load(content) if len(content) == header.size else {}
    except OSError as error:
        raise ModelFileError(f"cannot read {path}: {error.strerror}") from error
    except (SafetensorError, ValueError) as error:
        raise ModelFileError(f"{path} is damaged: {error}") from error
    if signature(tensors) != header.tensors:
        raise ModelFileError(f"{path} was changed while it was read; read it again")
    wanted = header.metadata.get("sha256")
    if wanted is not None and wanted != _digest(header.metadata.get("description", ""), tensors):
        raise ModelFileError(
            f"{path} is damaged: its content does not have the hash that was written with it; use another copy"
        )
    return tensors


def _digest(description: str, tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256(description.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"\n{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        if tensor.numel():
            digest.update(tensor.flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()
