"""Headers of safetensors files and the descriptions in them, checked before anything else is read. Torch-free."""

import json
import math
import stat
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from foveal.core.errors import ModelFileError

#: Largest header read: descriptions of our models take some kilobytes.
MAX_HEADER = 16 * 2**20

#: Deepest nesting of lists and tables in a header or a description: ours have a dozen levels.
MAX_DEPTH = 100

#: Bytes an element of each dtype that a file of ours can hold.
ITEM_SIZES = {
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 8),
    **dict.fromkeys(("F32", "I32", "U32"), 4),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 2),
    **dict.fromkeys(("I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2"), 1),
}

#: What to do with a file that is of another kind than the one wanted.
_INSTEAD = {
    "foveal-checkpoint": ": it is a checkpoint; foveal train --resume, or fit with checkpoint=FOLDER, goes on with its "
    "run, and then model.save() or the folder of the run has the model",
    "foveal-model": ": it is a model; foveal.load reads it",
    "pt": ": it holds tensors only, and describes no network; a fit begins with them, net=..., weights=PATH",
}


@dataclass(frozen=True)
class Header:
    """What a safetensors file of `size` bytes says about itself: metadata, and dtype, shape and place of tensors."""

    metadata: dict[str, str]
    tensors: dict[str, tuple[str, tuple[int, ...]]]
    size: int
    places: dict[str, int]  # of each tensor's first byte in the file


def read_start(path: str | PathLike[str], size: int = 9) -> bytes:
    """Read how an ordinary file begins; nothing where there is none, or it cannot be read."""
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):  # a pipe would wait for a writer
            return b""
        with Path(path).open("rb") as file:
            return file.read(size)
    except OSError:
        return b""


def read_header(path: str | PathLike[str]) -> Header:
    """Read and check a header: no tensor is read, and nothing is taken that the file does not hold.

    The offsets must cover the data without gap or overlap, and every tensor's bytes must be those of its shape.
    Raises `ModelFileError` for anything else than such a file.
    """
    try:
        status = Path(path).stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would wait for a writer
            raise ModelFileError(f"{path} is not a foveal model: it is not an ordinary file")
        with Path(path).open("rb") as file:
            start = file.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
            if not 2 <= length <= min(MAX_HEADER, status.st_size - 8):
                raise ModelFileError(f"{path} is not a foveal model: it does not begin with a safetensors header")
            text = file.read(length)
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"cannot read the model {path}: {getattr(error, 'strerror', error)}") from error
    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=_without_duplicates)
        return _checked(header, status.st_size, 8 + length)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelFileError(f"{path} is not a foveal model: its header is damaged ({error})") from error


def description_of(header: Header, kind: str, path: str | PathLike[str]) -> dict[str, Any]:
    """Give the description of a file that is of this kind; what stands in it is still to be checked."""
    what = kind.replace("-", " ")
    if header.metadata.get("format") != kind:
        found = header.metadata.get("format", "")
        raise ModelFileError(f"{path} is a safetensors file, but not a {what}{_INSTEAD.get(found, '')}")
    try:
        description = json.loads(header.metadata["description"], object_pairs_hook=_without_duplicates)
        _check_depth(description)
    except (ValueError, KeyError, RecursionError) as error:
        raise ModelFileError(f"{path} is not a {what}: its description is damaged ({error})") from error
    if not isinstance(description, dict):
        raise ModelFileError(f"{path} is not a {what}: its description is damaged (it is no table)")
    return description


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _check_depth(value: Any, left: int = MAX_DEPTH) -> None:
    """Refuse nesting on which those who read on would use up the stack."""
    if left == 0:
        raise ValueError(f"it is nested more than {MAX_DEPTH} levels deep")
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(part, dict | list):
            _check_depth(part, left - 1)


def _check_texts(metadata: Any, names: Iterable[str]) -> None:
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise ValueError("metadata must be strings")
    for text in (*metadata, *metadata.values(), *names):
        text.encode()  # half of a surrogate pair is no character: it raises a ValueError


def _checked(header: Any, size: int, start: int) -> Header:
    if not isinstance(header, dict):
        raise ValueError("not an object")
    metadata = header.pop("__metadata__", {})
    _check_texts(metadata, header)
    tensors: dict[str, tuple[str, tuple[int, ...]]] = {}
    places: dict[str, int] = {}
    spans = []
    for name, entry in header.items():
        dtype, shape, (begin, end) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
        if not all(type(n) is int and 0 <= n < 2**48 for n in (*shape, begin, end)):
            raise ValueError(f"{name}: sizes must be whole numbers")
        if math.prod(max(1, n) for n in shape) >= 2**62:
            raise ValueError(f"{name}: {list(shape)} is beyond what can be addressed")
        if len(shape) > 16 or end - begin != math.prod(shape) * ITEM_SIZES[dtype]:
            raise ValueError(f"{name}: {end - begin} bytes do not hold {dtype} {list(shape)}")
        tensors[name], places[name] = (dtype, shape), start + begin
        spans.append((begin, end))
    ends = [0, *(end for _, end in sorted(spans))]
    if [begin for begin, _ in sorted(spans)] != ends[:-1] or ends[-1] != size - start:
        raise ValueError("the tensors do not fill the file without gaps")
    return Header(metadata, tensors, size, places)
