"""The loader: it takes the best library that runs here, and says in a sentence why it takes no other."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from foveal import CNNClassifier
from foveal.core.errors import ParameterError, ResourceError
from foveal.kernels import library
from foveal.kernels.library import SWITCH, digest, is_whole, load, status
from foveal.kernels.processor import LEVELS, lacking

HERE = [level for level in LEVELS if not lacking(level)]
BUILT = [level for level in HERE if (library.FOLDER / f"libfoveal_{level}.so").is_file()]
COMPILER = shutil.which("c++")

needs_level = pytest.mark.skipif(not HERE, reason="there is no level for this processor")
needs_built = pytest.mark.skipif(not BUILT, reason="foveal was installed without its compiled kernels")
needs_compiler = pytest.mark.skipif(COMPILER is None or not HERE, reason="there is no C++ compiler")


@pytest.fixture(autouse=True)
def _afresh(monkeypatch):
    """Let every test choose anew, and the next one too."""
    monkeypatch.delenv(SWITCH, raising=False)
    library._choose.cache_clear()
    yield
    library._choose.cache_clear()


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Give an empty folder of libraries, of no source tree."""
    monkeypatch.setattr(library, "FOLDER", tmp_path)
    monkeypatch.setattr(library, "TREE", tmp_path)
    return tmp_path


def compiled(path: Path, abi: int, lanes: int, sources: str = "none") -> Path:
    """Compile a library that answers the loader's questions."""
    text = f'extern "C" {{ int foveal_abi() {{ return {abi}; }} int foveal_lanes() {{ return {lanes}; }}\n'
    text += f'const char *foveal_sources() {{ return "{sources}"; }}\n'
    names = ("open", "size", "bind", "run", "close", "close_capsule", "python", "team", "method")
    text += "".join(f"void foveal_{name}() {{}}\n" for name in names) + "}"
    command = [str(COMPILER), "-shared", "-fPIC", "-x", "c++", "-o", str(path), "-"]
    subprocess.run(command, input=text, text=True, check=True)
    return path


def best(folder: Path) -> Path:
    """Give the path where the best level's library belongs."""
    return folder / f"libfoveal_{HERE[0]}.so"


@needs_built
def test_the_best_level_that_was_built_is_loaded_and_answers():
    loaded = load()
    assert loaded is not None
    assert loaded.level == BUILT[0]
    assert loaded.calls.foveal_abi() == library.ABI
    assert loaded.calls.foveal_lanes() == loaded.lanes == LEVELS[BUILT[0]].lanes
    assert load() is loaded
    assert str(status()).startswith(f"{BUILT[0]} (compiled")


@needs_built
@pytest.mark.parametrize("level", BUILT)
def test_a_level_can_be_asked_for(level, monkeypatch):
    monkeypatch.setenv(SWITCH, level.upper())
    loaded = load()
    assert loaded is not None
    assert (loaded.level, status()) == (level, (level, ""))


def test_off_is_off(monkeypatch):
    monkeypatch.setenv(SWITCH, "off")
    assert load() is None
    assert status() == (None, "FOVEAL_KERNELS=off")
    assert str(status()) == "PyTorch's: FOVEAL_KERNELS=off"


def test_another_word_is_an_error_that_lists_the_words(monkeypatch):
    monkeypatch.setenv(SWITCH, "sse2")
    message = "FOVEAL_KERNELS must be 'auto', 'off' or one of 'avx512', 'avx2', 'neon', got 'sse2'"
    with pytest.raises(ParameterError, match=message):
        load()
    assert status() == (None, message)


@pytest.mark.parametrize("level", [level for level in LEVELS if level not in HERE])
def test_a_level_that_the_processor_lacks_is_refused(level, monkeypatch):
    monkeypatch.setenv(SWITCH, level)
    with pytest.raises(ResourceError, match=rf"{SWITCH}={level} was asked for, but this processor .* it lacks"):
        load()
    assert status().level is None


def test_a_library_that_the_processor_cannot_run_is_not_even_opened(folder, monkeypatch):
    monkeypatch.setattr(library, "lacking", lambda level: ["everything"])
    monkeypatch.setattr(library.ctypes, "CDLL", None)
    for level in LEVELS:
        (folder / f"libfoveal_{level}.so").touch()
    assert load() is None
    assert status().reason == "there are none for this processor"


@needs_level
def test_where_none_was_built_the_reason_is_told(folder, monkeypatch):
    assert load() is None
    assert status().reason == "no compiled library was found: there was no C++ compiler when foveal was installed"
    monkeypatch.setenv(SWITCH, HERE[0])
    with pytest.raises(ResourceError, match=r"but no compiled library was found: .* use FOVEAL_KERNELS=auto or off"):
        load()


@needs_level
def test_what_the_build_left_as_a_note_is_told(folder):
    (folder / library.NOTE).write_text("compiling them failed\n", "utf-8")
    assert status() == (None, "no compiled library was found: compiling them failed")


@needs_level
def test_a_source_tree_without_libraries_is_told(folder):
    (folder / "native").mkdir()
    (folder / "native" / "abi.cpp").touch()
    (folder / "CMakeLists.txt").touch()
    assert status().reason.startswith(f"no compiled library was found in {folder}: install this source tree")


@needs_level
@pytest.mark.parametrize("content", [b"", b"no library", b"\x7fELF\x02\x01", b"\x7fELF\x02" + b"\xff" * 200])
def test_a_damaged_file_is_a_reason_and_no_crash(folder, content):
    best(folder).write_bytes(content)
    assert load() is None
    assert str(best(folder)) in status().reason


@needs_built
@pytest.mark.parametrize("part", [0.01, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut_short_is_a_reason_and_no_crash(folder, part):
    whole = (Path(library.__file__).parent / f"libfoveal_{BUILT[0]}.so").read_bytes()
    best(folder).write_bytes(whole[: int(len(whole) * part)])
    assert not is_whole(best(folder))
    assert load() is None
    assert "is cut short" in status().reason


@needs_level
@pytest.mark.skipif(sys.platform != "linux", reason="the file is named as on Linux")
def test_a_library_of_somebody_else_is_no_library_of_ours(folder):
    best(folder).symlink_to(sys.modules["_ctypes"].__file__)
    assert "is no library of foveal's" in status().reason


@needs_compiler
@pytest.mark.parametrize(("abi", "more"), [(library.ABI + 1, 0), (library.ABI, 1)])
def test_a_library_of_another_interface_is_not_used(folder, abi, more):
    compiled(best(folder), abi, LEVELS[HERE[0]].lanes + more)
    assert load() is None
    assert f"has interface {abi} and {LEVELS[HERE[0]].lanes + more} lanes, not {library.ABI}" in status().reason


@needs_compiler
def test_a_library_of_other_sources_is_not_used_in_a_source_tree(folder, monkeypatch):
    compiled(best(folder), library.ABI, LEVELS[HERE[0]].lanes)
    assert load() is not None  # installed: no sources to compare
    library._choose.cache_clear()
    (folder / "native").mkdir()
    (folder / "native" / "abi.cpp").touch()
    (folder / "CMakeLists.txt").touch()
    assert load() is None
    assert "was compiled from other sources" in status().reason


@needs_compiler
@pytest.mark.skipif(len(HERE) < 2, reason="there is one level for this processor")
def test_the_next_level_stands_in_for_a_damaged_one_and_the_reason_is_told(folder):
    best(folder).write_bytes(b"")
    compiled(folder / f"libfoveal_{HERE[1]}.so", library.ABI, LEVELS[HERE[1]].lanes)
    loaded = load()
    assert loaded is not None
    assert loaded.level == HERE[1]
    assert status().reason.startswith(str(best(folder)))


def test_the_digest_follows_every_source_and_no_other_file(tmp_path):
    assert digest(tmp_path) is None
    (tmp_path / "native").mkdir()
    seen = set()
    for name in ("CMakeLists.txt", "native/abi.cpp", "native/a.h"):
        (tmp_path / name).write_text("one", "utf-8")
        seen.add(digest(tmp_path))
    (tmp_path / "native" / "a.h").write_text("two", "utf-8")
    seen.add(digest(tmp_path))
    (tmp_path / "native" / "notes.md").write_text("three", "utf-8")
    assert digest(tmp_path) in seen
    assert len(seen) == 4  # None for the first file alone, then one each


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ("fast", ParameterError, "FOVEAL_KERNELS must be 'auto', 'off' or one of 'avx512', 'avx2', 'neon', got 'fast'"),
        *(
            (level, ResourceError, f"FOVEAL_KERNELS={level} was asked for, but")
            for level in LEVELS
            if level not in HERE
        ),
    ],
)
def test_a_fit_says_what_was_asked_for_and_is_not_to_be_had(value, error, message, monkeypatch):
    monkeypatch.setenv(SWITCH, value)
    X, y = np.zeros((6, 4, 4)), np.arange(6) % 2
    with pytest.raises(error, match=message):
        CNNClassifier(n_epochs=1, valid_size=0, random_state=0).fit(X, y)
    CNNClassifier(n_epochs=1, valid_size=0, random_state=0, kernels="off").fit(X, y)
