"""Importing is quick and does nothing: each in a process of its own."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "numpy", "sklearn", "scipy", "pandas", "safetensors")
LIGHT = (
    "import foveal", "import foveal; dir(foveal); foveal.__version__", "import foveal.core.parameters",
    "import foveal.core.rules, foveal.core.shapes, foveal.core.errors, foveal.core.files",
)  # fmt: skip


def loaded(code: str) -> set[str]:
    """Run code in a new process and return the heavy packages that it loaded."""
    tell = f"import sys; print('\\n', *({set(HEAVY)!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{tell}"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rsplit("\n", 2)[1].split())


@pytest.mark.parametrize("code", LIGHT)
def test_light_imports_load_nothing_heavy(code: str):
    assert loaded(code) == set()


def test_the_help_of_the_command_line_loads_nothing_heavy():
    call = "import contextlib, sys; sys.argv = ['foveal', '--help']\nfrom foveal.cli.main import run"
    assert loaded(f"{call}\nwith contextlib.suppress(SystemExit): run()") == set()


def test_a_heavy_import_would_be_seen():
    assert loaded("import foveal; foveal.CNN") >= {"torch", "numpy", "sklearn"}
