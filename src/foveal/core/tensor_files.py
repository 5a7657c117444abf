"""Files of tensors and a description, in the format of safetensors, with a hash over all that they hold."""

import hashlib
import json
import struct
from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from foveal.core.errors import ModelFileError, ResourceError
from foveal.core.free_memory import memory_for
from foveal.core.headers import MAX_HEADER, Header, read_header

#: Names of the dtypes in a file.
DTYPES = {
    torch.float64: "F64", torch.float32: "F32", torch.bfloat16: "BF16", torch.float16: "F16", torch.bool: "BOOL",
    torch.int64: "I64", torch.int32: "I32", torch.int16: "I16", torch.int8: "I8",
    torch.uint64: "U64", torch.uint32: "U32", torch.uint16: "U16", torch.uint8: "U8",
    torch.complex64: "C64", torch.float8_e4m3fn: "F8_E4M3", torch.float8_e5m2: "F8_E5M2",
}  # fmt: skip
_TYPES = {name: dtype for dtype, name in DTYPES.items()}


def encode(kind: str, description: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> list[bytes | memoryview]:
    """Make the parts of a file, one after the other: its header, then the bytes of each tensor, where they lie.

    Nothing is copied that lies in the order of its axes in the processor's memory, so that a file takes no memory of
    its own: the tensors must not change before it is written.

    The header's metadata has three entries: `format`, the kind of file; `description`, JSON; and `sha256`, over the
    description and every tensor, by which a file with a single bit changed is known for damaged.

    >>> b"foveal-model" in b"".join(encode("foveal-model", {}, {"a": torch.zeros(2)}))
    True
    """
    text = json.dumps(description)
    if len(text) > MAX_HEADER // 2:  # its quotes take two characters each in the header, the tensors' names some more
        raise ResourceError(
            f"the description of the {kind.removeprefix('foveal-')} takes {len(text):,} bytes, and a file holds at "
            f"most {MAX_HEADER // 2:,}; use fewer or shorter labels, or fewer epochs"
        )
    plain = {name: _plain(tensor) for name, tensor in tensors.items()}
    header: dict[str, Any] = {"__metadata__": {"format": kind, "description": text, "sha256": _digest(text, plain)}}
    parts: list[bytes | memoryview] = []
    place, marks = 0, signature(plain)
    for name in sorted(plain, key=lambda name: (-plain[name].itemsize, name)):  # each begins at a multiple of its dtype
        dtype, shape = marks[name]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": (place, place + plain[name].nbytes)}
        parts.append(_bytes_of(plain[name]))
        place += plain[name].nbytes
    start = json.dumps(header).encode()
    start += b" " * (-len(start) % 8)
    return [struct.pack("<Q", len(start)) + start, *parts]


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
    """Give a tensor in the order of its axes, in the processor's memory."""
    return tensor.detach().cpu().resolve_conj().resolve_neg().contiguous()


def _bytes_of(tensor: Tensor) -> memoryview:
    """Give the memory of a tensor, to read or to fill."""
    if not tensor.numel():
        return memoryview(bytearray())
    return tensor.reshape(-1).view(torch.uint8).numpy().data


def signature(tensors: Mapping[str, Tensor]) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Give dtype and shape of tensors as a header has them.

    >>> signature({"a": torch.zeros(2, 3)})
    {'a': ('F32', (2, 3))}
    """
    return {name: (DTYPES[t.dtype], tuple(t.shape)) for name, t in tensors.items()}


def read_tensors(path: str | PathLike[str], header: Header) -> dict[str, Tensor]:
    """Read the tensors of a file whose header was read and found to be as it should, and check their hash.

    Raises what `each_tensor` raises, and `ResourceError` if they do not fit into memory.
    """
    if (free := memory_for(header.size, torch.device("cpu"))) < header.size:
        raise ResourceError(
            f"cannot read {path}: it takes {header.size / 1e9:,.1f} GB of memory, but {free / 1e9:,.1f} GB are free; "
            "use a machine with more"
        )
    return dict(each_tensor(path, header))


def each_tensor(path: str | PathLike[str], header: Header) -> Iterator[tuple[str, Tensor]]:
    """Read one tensor after the other, and check the hash over all at the end; model files of version 1 have none.

    Raises `ModelFileError` if the file is damaged, or is another by now.
    """
    digest = hashlib.sha256(header.metadata.get("description", "").encode())
    changed = f"{path} was changed while it was read; read it again"
    try:
        with Path(path).open("rb") as file:
            for name in sorted(header.tensors):
                dtype, shape = header.tensors[name]
                tensor = torch.empty(shape, dtype=_TYPES[dtype])
                file.seek(header.places[name])
                if file.readinto(_bytes_of(tensor)) != tensor.nbytes:
                    raise ModelFileError(changed)
                _add(digest, name, tensor)
                yield name, tensor
    except OSError as error:
        raise ModelFileError(f"cannot read {path}: {error.strerror}") from error
    if read_header(path) != header:
        raise ModelFileError(changed)
    wanted = header.metadata.get("sha256")
    if wanted is not None and wanted != digest.hexdigest():
        raise ModelFileError(
            f"{path} is damaged: its content does not have the hash that was written with it; use another copy"
        )


def _digest(description: str, tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256(description.encode())
    for name in sorted(tensors):
        _add(digest, name, tensors[name])
    return digest.hexdigest()


def _add(digest: Any, name: str, tensor: Tensor) -> None:
    digest.update(f"\n{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
    digest.update(_bytes_of(tensor))
