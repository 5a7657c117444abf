"""The repository as a whole: no path of one machine, tests that stand where the house says."""

import re
from pathlib import Path

import pytest

from .sources import PACKAGE, ROOT, repository_files

TESTS = ROOT / "tests"
KINDS = {"unit", "contract", "oracle", "learning", "faults", "docs", "style", "benchmarks", "distributed", "data"}
TEXT = {".py", ".md", ".toml", ".yml", ".yaml", ".txt", ".cfg", ".ini", ".sh", ".cpp", ".h", ".json", ".html", ""}
#: The first part of a path that exists on some machine only.
MACHINE = re.compile(r"(?<![\w.$~}<)-])/(?:root|home|Users|tmp|mnt|scratch|workspace|work)/[\w.]")


def test_no_file_names_a_path_of_one_machine():
    found = []
    for path in repository_files():
        if path.suffix not in TEXT or path == Path(__file__):
            continue
        lines = enumerate(path.read_text("utf-8", "replace").splitlines(), start=1)
        found += [f"{path.relative_to(ROOT)}:{n}: {line.strip()}" for n, line in lines if MACHINE.search(line)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("text", ["cd /Users/me/foveal", 'open("/root/x.npz")', "PATH=/home/me/bin", "in /tmp/x"])
def test_a_path_of_one_machine_would_be_seen(text: str):
    assert MACHINE.search(text)


@pytest.mark.parametrize(
    "text", ["/usr/share/datasets", "images/second", "src/work/x", "$HOME/tmp/x", "~/.cache/foveal"]
)
def test_other_paths_are_no_machines(text: str):
    assert not MACHINE.search(text)


def test_tests_are_of_the_kinds_of_the_house():
    found = {path.name for path in TESTS.iterdir() if path.is_dir() and any(path.rglob("*.py"))}
    assert found <= KINDS, f"unknown: {found - KINDS}"
    assert not [path.name for path in TESTS.glob("test_*.py")], "a test stands in a folder of its kind"


def test_the_folders_of_unit_tests_mirror_the_package():
    """tests/unit/FOLDER tests src/foveal/FOLDER."""
    folders = {path.parent.relative_to(TESTS / "unit") for path in (TESTS / "unit").rglob("test_*.py")}
    assert folders, "no unit test found"
    assert not [str(folder) for folder in folders if not (PACKAGE / folder / "__init__.py").is_file()]
