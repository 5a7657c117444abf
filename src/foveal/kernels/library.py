"""The compiled library: which one is loaded, and why none is. Torch-free.

One shared library for each SIMD level lies in this folder (native/ holds the sources, CMakeLists.txt the levels). The
best that the processor can run is loaded with ctypes, whose calls let other threads of Python run.

FOVEAL_KERNELS in the environment: `off` for none, a level's name for that one and no other, `auto` for the best.
"""

import ctypes
import hashlib
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from foveal.core.errors import ParameterError, ResourceError
from foveal.kernels.interface import declare
from foveal.kernels.processor import LEVELS, lacking

#: The number of the C interface that this package calls; `foveal_abi` in native/abi.cpp is the other side.
ABI = 2
SWITCH = "FOVEAL_KERNELS"
FOLDER = Path(__file__).parent
#: What the build leaves in place of libraries: why there are none.
NOTE = "not-built.txt"
#: The root of a source tree, whose libraries must be of its own sources.
TREE = FOLDER.parents[2]


@dataclass(frozen=True)
class Library:
    """A loaded library: its level, the floats in a vector, its file, and its functions."""

    level: str
    lanes: int
    path: Path
    calls: ctypes.CDLL


class Status(NamedTuple):
    """The level in use, or None; and why it is not a better one, or none at all: a sentence without its full stop."""

    level: str | None
    reason: str

    def __str__(self) -> str:
        if self.level is None:
            return f"PyTorch's: {self.reason}"
        return f"{self.level} (compiled{'; ' if self.reason else ''}{self.reason})"


class _Choice(NamedTuple):
    library: Library | None
    reason: str
    asked: bool  # whether a level was asked for by its name


def load() -> Library | None:
    """Load the library that FOVEAL_KERNELS asks for, or the best; None where there is none, or it is switched off.

    Raises `ParameterError` for a value that does not exist, `ResourceError` for a level that cannot be had.
    """
    wanted = _wanted()
    choice = _choose(wanted)
    if choice.asked and choice.library is None:
        raise ResourceError(f"{SWITCH}={wanted} was asked for, but {choice.reason}; use {SWITCH}=auto or off")
    return choice.library


def status() -> Status:
    """Say which level is in use and why, without raising what `load` raises."""
    try:
        choice = _choose(_wanted())
    except ParameterError as error:
        return Status(None, str(error))
    return Status(choice.library.level if choice.library else None, choice.reason)


def _wanted() -> str:
    wanted = os.environ.get(SWITCH, "").lower() or "auto"
    if wanted not in ("auto", "off", *LEVELS):
        raise ParameterError(f"{SWITCH} must be 'auto', 'off' or one of {', '.join(map(repr, LEVELS))}, got {wanted!r}")
    return wanted


@cache
def _choose(wanted: str) -> _Choice:
    """Choose and load once for each value; a library that was loaded stays loaded."""
    if wanted == "off":
        return _Choice(None, f"{SWITCH}=off", asked=False)
    if wanted != "auto":
        found = _open(wanted)
        return _Choice(None, found, asked=True) if isinstance(found, str) else _Choice(found, "", asked=True)
    reason = ""
    for level in (level for level in LEVELS if not lacking(level)):
        found = _open(level)
        if isinstance(found, Library):
            return _Choice(found, reason, asked=False)
        reason = reason or found
    return _Choice(None, reason or "there are none for this processor", asked=False)


def _open(level: str) -> Library | str:
    """Open a level's library, or say why it cannot be used. Nothing of it runs before the processor was asked."""
    missing = lacking(level)
    if missing:
        return f"this processor cannot run {level}: it lacks {', '.join(missing)}"
    path = FOLDER / f"libfoveal_{level}.so"
    if not path.is_file():
        return _why_there_is_none(level)
    try:
        if not is_whole(path):
            return f"{path} is cut short or no library; install foveal again"
        return _checked(Library(level, LEVELS[level].lanes, path, ctypes.CDLL(str(path))))
    except OSError as error:
        return f"{path} cannot be loaded: {error}"


def _checked(library: Library) -> Library | str:
    """Hold a library against this package: another interface would be called with wrong arguments."""
    calls = library.calls
    try:
        abi, lanes = int(calls.foveal_abi()), int(calls.foveal_lanes())
        if (abi, lanes) != (ABI, library.lanes):
            return (
                f"{library.path} has interface {abi} and {lanes} lanes, not {ABI} and {library.lanes}; install foveal "
                "again"
            )
        calls.foveal_sources.restype = ctypes.c_char_p
        sources = calls.foveal_sources().decode()
        declare(calls)
    except AttributeError as error:
        return f"{library.path} is no library of foveal's: {error}"
    if sources != (digest(TREE) or sources):
        return f"{library.path} was compiled from other sources than those in {TREE / 'native'}; install foveal again"
    return library


def _why_there_is_none(level: str) -> str:
    note = FOLDER / NOTE
    if note.is_file():
        return f"no compiled library was found: {note.read_text('utf-8').strip()}"
    if any(FOLDER.glob("libfoveal_*.so")):
        return f"there is no library for {level}: the compiler did not know it when foveal was installed"
    if digest(TREE):
        return f"no compiled library was found in {FOLDER}: install this source tree, or compile it there"
    return "no compiled library was found: there was no C++ compiler when foveal was installed"


def digest(tree: Path) -> str | None:
    """Give SHA-256 of the sources of a tree, as CMakeLists.txt computes it, or None where it is no tree of foveal's."""
    build, own = tree / "CMakeLists.txt", tree / "native" / "abi.cpp"
    if not (build.is_file() and own.is_file()):
        return None
    written = sorted(path for path in own.parent.iterdir() if path.suffix in (".cpp", ".h"))
    hashes = (hashlib.sha256(path.read_bytes()).hexdigest() for path in (build, *written))
    return hashlib.sha256("".join(hashes).encode()).hexdigest()


def is_whole(path: Path) -> bool:
    """Tell whether an ELF file is as long as its header says; of other formats only the loader knows.

    The loader maps a file that was cut short, and the process dies when it reads past the end (SIGBUS). The table of
    sections stands last: e_shoff at byte 40, e_shentsize and e_shnum at 58 and 60 of a 64-bit header.
    """
    with path.open("rb") as file:
        header = file.read(64)
    if not header.startswith(b"\x7fELF\x02"):
        return True
    if len(header) < 64:
        return False
    start, size, count = (int.from_bytes(header[at:end], "little") for at, end in ((40, 48), (58, 60), (60, 62)))
    return path.stat().st_size >= start + size * count
