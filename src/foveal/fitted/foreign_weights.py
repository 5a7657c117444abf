"""The one reader of foreign weights: PyTorch's .pth and .pt, which are pickles.

People's trained weights lie in such files, so that one module may read them, and only tensors out of them. A pickle can
run code, which `weights_only=True` rules out, and it can ask for memory without end, which that does not. So whatever a
pickle names is looked at before it is loaded, the sizes that a zip's directory gives are held against the file, and of
a zip the tensors are mapped, not read: what a file claims takes no memory before the network has been asked.
"""

import pickletools
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, BinaryIO, NamedTuple

import torch
from torch import Tensor

from foveal.core.errors import ModelFileError, ResourceError
from foveal.core.free_memory import memory_for, shown_size

#: How files of torch.save begin: a zip, and the pickles of versions before 1.6.
ZIP, PICKLE = b"PK\x03\x04", b"\x80\x02"
#: Largest file that is no zip, whose storages are read whole: VGG-19's takes 0.6 GB.
LARGEST_PICKLE = 2**30
#: Largest pickle in a zip, and most steps of one: ResNet-152's, of 932 tensors, takes 0.2 MB and 32,000.
LARGEST_DIRECTORY, MOST_STEPS = 2**24, 2**21
#: Most tensors in a file.
MOST_TENSORS = 2**16
#: What a pickle of tensors names. Others that weights_only=True knows are no tensors, or can be made to grow.
_NAMED = re.compile(
    r"collections OrderedDict|torch\._utils _rebuild_(tensor_v2|parameter)|torch\.nn\.parameter Parameter|torch Size"
    r"|torch (cuda )?[A-Z][A-Za-z0-9]*Storage"
)
_NAMES_ELSEWHERE = ("STACK_GLOBAL", "INST", "OBJ", "EXT1", "EXT2", "EXT4")
#: Entries of training scripts' files that hold the weights.
WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "module")
#: What PyTorch raises for files that are not what they seem; some of its checks are asserts.
_RAISED = (
    UnpicklingError, RuntimeError, EOFError, ValueError, TypeError, LookupError, AttributeError, AssertionError,
    OverflowError, MemoryError, OSError, zipfile.BadZipFile, NotImplementedError,
)  # fmt: skip


class Found(NamedTuple):
    """Tensors by name, and what was done to the names."""

    tensors: dict[str, Tensor]
    said: tuple[str, ...] = ()


def read_foreign(path: Path) -> Found:
    """Read the tensors of a file that torch.save wrote; nothing else in it is made.

    Raises `ModelFileError` for what is no such file or names other things than tensors, `ResourceError` for memory.
    """
    try:
        with path.open("rb") as file:
            zipped = file.read(4) == ZIP
            file.seek(0)
            _check_zip(file, path) if zipped else _check_pickles(file, path)
        loaded = torch.load(str(path), map_location="cpu", weights_only=True, mmap=zipped)
    except _RAISED as error:
        if isinstance(error, (ModelFileError, ResourceError)):
            raise
        cause = str(error).split("\n", 1)[0][:200]
        raise ModelFileError(f"{path} is damaged, or no file that torch.save wrote ({cause})") from error
    return unwrapped(loaded, path)


def unwrapped(loaded: Any, path: Path) -> Found:
    """Find the tensors in what was loaded: entries that hold a state dict are entered, "module." taken off names.

    >>> unwrapped({"epoch": 3, "model": {"module.bias": torch.zeros(2)}}, Path("a.pth"))
    Found(tensors={'bias': tensor([0., 0.])}, said=("read from its entry 'model'", "'module.' taken off the names"))
    """
    said = []
    for _ in range(len(WRAPPERS)):
        entry = next((name for name in WRAPPERS if isinstance(loaded, dict) and _is_table(loaded.get(name))), None)
        if entry is None:
            break
        loaded = loaded[entry]
        said.append(f"read from its entry {entry!r}")
    tensors = _checked(loaded, path)
    if all(name.startswith("module.") for name in tensors):
        tensors = {name.removeprefix("module."): tensor for name, tensor in tensors.items()}
        said.append("'module.' taken off the names")
    return Found(tensors, tuple(said))


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) and bool(value)


def _checked(loaded: Any, path: Path) -> dict[str, Tensor]:
    """Give a table of tensors that it is."""
    if not _is_table(loaded) or len(loaded) > MOST_TENSORS:
        what = f"{len(loaded):,} entries" if isinstance(loaded, Mapping) else type(loaded).__name__
        raise ModelFileError(
            f"{path} holds no state dict but {what}; write one: torch.save(net.state_dict(), path), at most "
            f"{MOST_TENSORS:,} tensors"
        )
    for name, tensor in loaded.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise ModelFileError(
                f"{path} holds no state dict: its entry {str(name)[:80]!r} is {type(tensor).__name__}, no tensor; "
                f"write one alone, torch.save(net.state_dict(), path), or under one of the names {', '.join(WRAPPERS)}"
            )
        if tensor.layout != torch.strided or tensor.is_quantized or tensor.device.type != "cpu":
            raise ModelFileError(
                f"{path}: the weight {name[:80]!r} is no dense tensor of numbers ({tensor.layout}, {tensor.dtype}); "
                "convert it before saving"
            )
        if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
            raise ModelFileError(
                f"{path}: the weight {name[:80]!r} claims {tensor.numel():,} numbers and holds fewer, the same ones "
                "again and again; write it whole, tensor.contiguous()"
            )
    return {name: tensor.detach() for name, tensor in loaded.items()}


def _check_zip(file: BinaryIO, path: Path) -> None:
    """Hold a zip's directory against the file, and read what its pickle names: no tensor is read."""
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        pickles = [entry for entry in entries if entry.filename.endswith("/data.pkl")]
        if any(name.endswith("/constants.pkl") for name in names):
            raise ModelFileError(
                f"{path} is a TorchScript archive, which holds code and is not read; save the weights alone: "
                "torch.save(net.state_dict(), path)"
            )
        if len(pickles) != 1:
            raise ModelFileError(f"{path} is a zip file, but none that torch.save wrote; give a state dict's")
        packed = next((e for e in entries if e.compress_type != zipfile.ZIP_STORED or e.flag_bits & 1), None)
        if packed is not None or any(e.file_size != e.compress_size for e in entries):
            raise ModelFileError(f"{path} is compressed, which torch.save never does; its sizes cannot be relied on")
        total, size = sum(entry.file_size for entry in entries), path.stat().st_size
        if total > size or len(set(names)) < len(names) or pickles[0].file_size > LARGEST_DIRECTORY:
            raise ModelFileError(
                f"{path} is damaged: its directory lists {total:,} bytes in {len(names):,} entries, "
                f"{pickles[0].file_size:,} of them a pickle, and the file has {size:,}"
            )
        with archive.open(pickles[0]) as pickle:
            _check_names(pickle, path)


def _check_pickles(file: BinaryIO, path: Path) -> None:
    """Read what the pickles of a file without a zip name, and hold its size against the memory."""
    size = path.stat().st_size
    if size > LARGEST_PICKLE:
        raise ModelFileError(
            f"{path} is of {shown_size(size)} and of a format before PyTorch 1.6, which is read up to "
            f"{shown_size(LARGEST_PICKLE)}; write it anew: torch.save(torch.load(path, weights_only=True), path)"
        )
    if (free := memory_for(2 * size, torch.device("cpu"))) < 2 * size:
        raise ResourceError(
            f"cannot read {path}: it takes {shown_size(2 * size)} of memory, but {shown_size(free)} are free; use a "
            "machine with more"
        )
    for _ in range(5):  # a number that says what it is, a version, the machine, the tensors, their storages' keys
        _check_names(file, path)


def _check_names(pickle: Any, path: Path) -> None:
    """Refuse a pickle that names anything but tensors, or is longer than such a one; nothing of it is run."""
    for name in _names_in(pickle, path):
        if not _NAMED.fullmatch(name):
            raise ModelFileError(
                f"{path} holds more than tensors: its pickle names {name.replace(' ', '.')[:80]}, which could be code; "
                "save the weights alone: torch.save(net.state_dict(), path)"
            )


def _names_in(pickle: Any, path: Path) -> Iterator[str]:
    for steps, (opcode, argument, _) in enumerate(pickletools.genops(pickle)):
        if steps > MOST_STEPS:
            raise ModelFileError(f"{path} is no file of tensors: its pickle has more than {MOST_STEPS:,} steps")
        if opcode.name == "GLOBAL":
            yield str(argument)
        if opcode.name in _NAMES_ELSEWHERE:
            yield opcode.name
