"""Files that are whole or not there, and safetensors headers that are checked before memory is taken."""

import json
import os
import secrets
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foveal.core.errors import ModelFileError, ResourceError

#: Largest header read: descriptions of our models take some kilobytes.
MAX_HEADER = 16 * 2**20

#: Bytes an element of each dtype that a model of ours can hold.
ITEM_SIZES = {"F64": 8, "F32": 4, "BF16": 2, "F16": 2, "I64": 8, "I32": 4, "U8": 1, "BOOL": 1}


def write_atomically(path: str | os.PathLike[str], content: bytes | Iterable[bytes]) -> None:
    """Write a file so that at any moment either the old or the new one is there.

    A temporary file in the same folder is filled, flushed to the disk and renamed; then the folder is flushed.
    """
    path = Path(path)
    try:
        name = str(path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp"))
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)  # the user's umask decides who may read
    except OSError as error:
        raise ResourceError(f"cannot write {path}: {error.strerror}; choose another folder") from error
    try:
        with os.fdopen(handle, "wb") as file:
            for part in (content,) if isinstance(content, bytes) else content:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        raise ResourceError(
            f"cannot write {path}: {error.strerror}; free some space or choose another folder"
        ) from error
    finally:
        Path(name).unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows cannot open a folder
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass(frozen=True)
class Header:
    """What a safetensors file says about itself: its metadata, and dtype and shape of every tensor."""

    metadata: dict[str, str]
    tensors: dict[str, tuple[str, tuple[int, ...]]]


def read_header(path: str | os.PathLike[str]) -> Header:
    """Read and check a safetensors header: no tensor is read, and nothing is taken that the file does not hold.

    The offsets must cover the data without gap or overlap, and every tensor's bytes must be those of its shape.
    Raises `ModelFileError` for anything else than such a file.
    """
    try:
        size = Path(path).stat().st_size
        with Path(path).open("rb") as file:
            start = file.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
            if not 2 <= length <= min(MAX_HEADER, size - 8):
                raise ModelFileError(f"{path} is not a foveal model: it does not begin with a safetensors header")
            text = file.read(length)
    except OSError as error:
        raise ModelFileError(f"cannot read the model {path}: {error.strerror}") from error
    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=_without_duplicates)
        return _checked(header, size - 8 - length)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelFileError(f"{path} is not a foveal model: its header is damaged ({error})") from error


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _checked(header: Any, data_size: int) -> Header:
    if not isinstance(header, dict):
        raise ValueError("not an object")
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise ValueError("metadata must be strings")
    tensors: dict[str, tuple[str, tuple[int, ...]]] = {}
    spans = []
    for name, entry in header.items():
        dtype, shape, (begin, end) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
        if not all(type(n) is int and 0 <= n < 2**48 for n in (*shape, begin, end)):
            raise ValueError(f"{name}: sizes must be whole numbers")
        elements = 1
        for n in shape:
            elements *= n
        if end - begin != elements * ITEM_SIZES[dtype]:
            raise ValueError(f"{name}: {end - begin} bytes do not hold {dtype} {list(shape)}")
        tensors[name] = (dtype, shape)
        spans.append((begin, end))
    ends = [0, *(end for _, end in sorted(spans))]
    if [begin for begin, _ in sorted(spans)] != ends[:-1] or ends[-1] != data_size:
        raise ValueError("the tensors do not fill the file without gaps")
    return Header(metadata, tensors)
