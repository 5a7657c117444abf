"""How foveal is built: by scikit-build-core and CMake, but for two things.

Where there is no C++ compiler, neither CMake nor ninja is asked for, and the wheel is one of Python alone. Where the
compiler fails, scikit-build-core does the same by the override `if.failed` in pyproject.toml.

An editable install is one line in a .pth file, and the libraries lie in the source tree. scikit-build-core's own puts
a finder in front of sys.path, so `PYTHONPATH=other/src` would no longer lead to another tree.
"""

import base64
import hashlib
import os
import shlex
import shutil
import tempfile
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from scikit_build_core import build as cmake
from scikit_build_core.build import build_sdist, get_requires_for_build_sdist

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
]

Settings = dict[str, list[str] | str] | None

#: What CMake looks for where CXX says nothing; Visual C++ cannot compile the kernels.
COMPILERS = ("c++", "g++", "clang++")
SOURCE = Path("src")
#: Where libraries come to lie, and the note that stands for them when the compiler failed.
FOLDER = "foveal/kernels/"
BUILT = ("libfoveal_*.so", "not-built.txt")


def has_compiler() -> bool:
    """Tell whether there is a program that may be a C++ compiler."""
    named = shlex.split(os.environ.get("CXX", ""))[:1]
    return os.name != "nt" and any(shutil.which(program) for program in named or COMPILERS)


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    """Ask for CMake and ninja only where they are of use and the system has none."""
    return cmake.get_requires_for_build_wheel(config_settings) if has_compiler() else []


get_requires_for_build_editable = get_requires_for_build_wheel


def build_wheel(wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None) -> str:
    """Build a wheel: of this platform with the libraries, or of any platform without."""
    if not has_compiler():
        print("foveal: there is no C++ compiler: installed without its compiled kernels, everything runs on PyTorch")
        config_settings = (config_settings or {}) | {"wheel.cmake": "false"}
    return cmake.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(
    wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None
) -> str:
    """Build a wheel that leads to the source tree, and lay the libraries into the tree."""
    with tempfile.TemporaryDirectory() as folder:
        name = build_wheel(folder, config_settings)
        with ZipFile(Path(folder, name)) as whole:
            files = {item: whole.read(item) for item in whole.namelist()}
    for pattern in BUILT:
        for old in SOURCE.glob(FOLDER + pattern):
            old.unlink()  # never overwritten: a process may be running it
    for item in files:
        if any(Path(item).match(FOLDER + pattern) for pattern in BUILT):
            (SOURCE / item).write_bytes(files[item])
    kept = {item: files[item] for item in files if ".dist-info/" in item and not item.endswith("/RECORD")}
    kept["_editable_foveal.pth"] = f"{SOURCE.resolve()}\n".encode()
    record = next(item for item in files if item.endswith(".dist-info/RECORD"))
    with ZipFile(Path(wheel_directory, name), "w", ZIP_DEFLATED) as light:
        for item, content in kept.items():
            light.writestr(item, content)
        light.writestr(
            record, "".join(f"{item},{_hash(kept[item])},{len(kept[item])}\n" for item in kept) + f"{record},,\n"
        )
    return name


def _hash(content: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
