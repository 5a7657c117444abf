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
#: Where libraries come to lie, or else a note in a source tree, and where the compiler failed.
FOLDER = "foveal/kernels/"
NOTE = FOLDER + "not-built.txt"
BUILT = (FOLDER + "libfoveal_*.so", NOTE)
NO_COMPILER = "there was no C++ compiler when foveal was installed"


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
        print(f"foveal: {NO_COMPILER}: its kernels are not compiled, everything runs on PyTorch")
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
    if not has_compiler():
        files[NOTE] = NO_COMPILER.encode()
    for old in [path for pattern in BUILT for path in SOURCE.glob(pattern)]:
        old.unlink()
    for item in files:
        if any(Path(item).match(pattern) for pattern in BUILT):
            _lay(SOURCE / item, files[item])
    kept = {item: files[item] for item in files if ".dist-info/" in item}
    kept["_editable_foveal.pth"] = f"{SOURCE.resolve()}\n".encode()
    record = next(item for item in kept if item.endswith("/RECORD"))
    del kept[record]
    lines = [f"{item},sha256={_hash(content)},{len(content)}\n" for item, content in kept.items()]
    with ZipFile(Path(wheel_directory, name), "w", ZIP_DEFLATED) as light:
        for item, content in (kept | {record: "".join([*lines, f"{record},,\n"]).encode()}).items():
            light.writestr(item, content)
    return name


def _lay(path: Path, content: bytes) -> None:
    """Write a file under its name only when it is whole: another process may be about to load it."""
    path.with_suffix(".tmp").write_bytes(content)
    path.with_suffix(".tmp").replace(path)


def _hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
