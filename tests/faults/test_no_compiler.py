"""A wheel is built with and without a compiler, and says what is missing: native/backend.py on a small tree.

The tree has the real settings and CMakeLists.txt, but of C++ only native/abi.cpp, so that it compiles in a second.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from foveal.kernels.processor import LEVELS

ROOT = Path(__file__).parents[2]
FILES = ("pyproject.toml", "README.md", "LICENSE", "CMakeLists.txt", "native/backend.py",
         *(f"native/{path.name}" for kind in ("*.cpp", "*.h") for path in (ROOT / "native").glob(kind)))  # fmt: skip
PACKAGE = ("__init__.py", "core/__init__.py", "core/errors.py", "core/environment.py", "core/version.py",
           "kernels/__init__.py", "kernels/interface.py", "kernels/library.py", "kernels/processor.py")  # fmt: skip
ASK = "from foveal.kernels.library import status; print(status())"
TOOLS = [name for name in ("c++", "cmake", "ninja") if shutil.which(name) is None]

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("scikit_build_core") is None, reason="scikit-build-core is not there"),
    pytest.mark.skipif(sys.platform != "linux", reason="the libraries' names and the wheel's tag are those of Linux"),
]
needs_tools = pytest.mark.skipif(bool(TOOLS), reason=f"no library can be compiled here without {', '.join(TOOLS)}")


@pytest.fixture
def tree(tmp_path) -> Path:
    """Copy what a build needs."""
    for name in (*FILES, *(f"src/foveal/{name}" for name in PACKAGE)):
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, path)
    return tmp_path / "tree"


def call(tree: Path, hook: str, *arguments: str, **environment: str) -> str:
    """Call a hook as pip does, in a process of its own, and give the last line that it prints."""
    code = f"import sys; sys.path.insert(0, 'native'); import backend; print(backend.{hook}(*sys.argv[1:]))"
    kept = {name: value for name, value in os.environ.items() if name not in ("CC", "CXX", "CMAKE_ARGS")}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=tree, env=kept | environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()[-1]


def built(tree: Path, hook: str, **environment: str) -> Path:
    """Build a wheel beside the tree."""
    wheels = tree.parent / "wheels"
    wheels.mkdir()
    return wheels / call(tree, hook, str(wheels), **environment)


def kernels_in(wheel: Path) -> set[str]:
    """Name what the wheel brings into foveal/kernels, but for Python."""
    names = (Path(name) for name in ZipFile(wheel).namelist())
    return {path.name for path in names if path.parent.name == "kernels" and path.suffix != ".py"}


def told(folder: Path) -> str:
    """Ask the package in a folder which kernels it has."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", ASK]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


def installed(wheel: Path) -> Path:
    """Unpack a wheel."""
    folder = wheel.parent / "installed"
    ZipFile(wheel).extractall(folder)
    return folder


@needs_tools
@pytest.mark.long
def test_with_a_compiler_the_wheel_is_of_this_platform_and_of_any_python(tree):
    wheel = built(tree, "build_wheel")
    assert "-py3-none-linux_" in wheel.name
    assert kernels_in(wheel)
    assert kernels_in(wheel) <= {f"libfoveal_{level}.so" for level in LEVELS}
    assert "PyTorch's" not in told(installed(wheel)) or "none for this processor" in told(installed(wheel))


def test_without_a_compiler_neither_cmake_nor_a_compiler_is_asked_for(tree, tmp_path):
    nothing = str(tmp_path / "empty")
    assert call(tree, "get_requires_for_build_wheel", PATH=nothing) == "[]"
    assert call(tree, "get_requires_for_build_editable", PATH=nothing) == "[]"
    wheel = built(tree, "build_wheel", PATH=nothing)
    assert wheel.name.endswith("-py3-none-any.whl")
    assert kernels_in(wheel) == set()


@needs_tools
def test_a_compiler_that_fails_is_told_of(tree):
    wheel = built(tree, "build_wheel", CXX="false")
    assert wheel.name.endswith("-py3-none-any.whl")
    assert kernels_in(wheel) == {"not-built.txt"}
    assert "compiling failed when foveal was installed; pip install --verbose shows how" in told(installed(wheel))


@needs_tools
def test_sources_that_do_not_compile_are_told_of(tree):
    (tree / "native" / "wrong.cpp").write_text("int wrong = ;", "utf-8")
    assert kernels_in(built(tree, "build_wheel")) == {"not-built.txt"}


@needs_tools
@pytest.mark.long
def test_an_editable_install_is_a_path_and_its_libraries_lie_in_the_tree(tree):
    for name in ("a.cpp", "a_b.cpp", "a-b.h", "B.h"):  # CMake and Python hash them in the same order
        (tree / "native" / name).write_text(f"// {name}\n", "utf-8")
    wheel = built(tree, "build_editable")
    names = {Path(name).name for name in ZipFile(wheel).namelist()}
    assert names == {"_editable_foveal.pth", "METADATA", "WHEEL", "RECORD", "entry_points.txt", "LICENSE"}
    assert ZipFile(wheel).read("_editable_foveal.pth").decode().strip() == str(tree / "src")
    assert list((tree / "src/foveal/kernels").glob("libfoveal_*.so"))
    assert "PyTorch's" not in told(tree / "src") or "none for this processor" in told(tree / "src")
    (tree / "native" / "abi.cpp").open("a", encoding="utf-8").write("// changed\n")
    assert "compiled from other sources" in told(tree / "src") or "none for this processor" in told(tree / "src")


def test_an_editable_install_without_a_compiler_takes_away_what_an_older_one_left(tree, tmp_path):
    old = tree / "src/foveal/kernels/libfoveal_avx2.so"
    old.touch()
    built(tree, "build_editable", PATH=str(tmp_path / "empty"))
    assert not old.exists()
    assert "there was no C++ compiler" in told(tree / "src") or "none for this processor" in told(tree / "src")


@needs_tools
@pytest.mark.long
def test_a_source_distribution_builds_and_carries_no_library(tree, tmp_path):
    (tree / "src/foveal/kernels/libfoveal_avx2.so").touch()
    name = call(tree, "build_sdist", str(tmp_path))
    shutil.unpack_archive(tmp_path / name, tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    assert not list(unpacked.rglob("*.so"))
    assert (unpacked / "native" / "abi.cpp").is_file()
    assert kernels_in(built(unpacked, "build_wheel"))
