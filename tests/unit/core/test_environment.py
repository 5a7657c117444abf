"""Settings made before torch is loaded, and only then."""

import os
import subprocess
import sys

import pytest


def policy(code, **environment):
    clean = {k: v for k, v in os.environ.items() if k not in ("OMP_WAIT_POLICY", "FOVEAL_SETTINGS")}
    done = subprocess.run(
        [sys.executable, "-c", f"import os\n{code}\nprint(os.environ.get('OMP_WAIT_POLICY'))"],
        capture_output=True,
        text=True,
        check=True,
        env=clean | environment,
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("code", "environment", "expected"),
    [
        ("import foveal", {}, "passive"),
        ("from foveal.cli.main import run", {}, "passive"),
        ("import foveal", {"OMP_WAIT_POLICY": "active"}, "active"),
        ("import foveal", {"FOVEAL_SETTINGS": "off"}, "None"),
        ("import torch, foveal", {}, "None"),
    ],
)
def test_threads_wait_passively_unless_told_otherwise(code, environment, expected):
    assert policy(code, **environment) == expected
