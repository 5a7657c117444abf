"""PyTorch's settings are the caller's: whatever they are, the same bits come out, and they are as they were after."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "torch_state.py"


@pytest.mark.parametrize(
    ("first", "count"), [(0, 8), *(pytest.param(k, 24, marks=pytest.mark.long) for k in range(8, 200, 24))]
)
def test_settings_of_pytorch_that_are_drawn_change_nothing_and_are_not_changed(first, count):
    """In a process of its own: a wrong address given to the kernels would end it."""
    command = [sys.executable, "-W", "ignore", str(SCRIPT), str(first), str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200)
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout)
    assert len(found) == count
    wrong = [(number, drawn, said) for number, drawn, said in found if any(said.values())]
    assert not wrong
