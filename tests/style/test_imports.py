"""Importing is quick and does nothing: each in a process of its own."""

import subprocess
import sys
from collections.abc import Sequence

import pytest

HEAVY = ("torch", "numpy", "sklearn", "scipy", "pandas", "safetensors")
LIGHT = (
    "import foveal", "import foveal; dir(foveal); foveal.__version__", "import foveal.core.parameters",
    "import foveal.core.recipes, foveal.core.epochs",
    "import foveal.core.rules, foveal.core.shapes, foveal.core.errors, foveal.core.files",
    "import foveal.kernels.library; foveal.kernels.library.status()",
    "import foveal.core.checkpoints, foveal.core.headers, foveal.core.schema, foveal.core.signals, foveal.core.ranks",
)  # fmt: skip
#: What neither an estimator nor a silent fit needs, though an import of a neighbour could bring it in.
UNNEEDED = (
    "rich", "typer", "sklearn.metrics", "sklearn.preprocessing", "sklearn.model_selection", "sklearn.datasets",
    "torch._dynamo", "torch._inductor", "torch.onnx", "torch.distributed.tensor", "sympy",
)  # fmt: skip
FIT = """
import numpy as np
from foveal import CNNClassifier
from foveal.train.optim.table import OPTIMIZERS
X, y = np.random.default_rng(0).normal(size=(20, 8, 8)), np.arange(20) % 2
for optimizer in OPTIMIZERS:
    model = CNNClassifier(n_epochs=1, optimizer=optimizer, random_state=0).fit(X, y)
    model.predict(X), model.score(X, y)
"""


def loaded(code: str, asked: Sequence[str] = HEAVY) -> set[str]:
    """Run code in a new process and return those of the modules asked for that it loaded."""
    tell = f"import sys; print('\\n', *({set(asked)!r} & set(sys.modules)))"
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


def test_training_on_files_loads_no_scikit_learn(tmp_path):
    """It takes as long to load as torch: half of the time to the first step where pictures are decoded already."""
    code = f"""
import numpy as np, sys
from pathlib import Path
from PIL import Image
for i in range(12):
    folder = Path({str(tmp_path)!r}, "pictures", "ab"[i % 2])
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((8, 8, 3), 20 * i, np.uint8)).save(folder / f"{{i}}.png")
from foveal.cli.main import run
sys.argv = ["foveal", "train", str(folder.parent), "--read", "cache=false", "--epochs", "1", "--seed", "0",
            "--no-baselines", "--out", {str(tmp_path / "out")!r}]
assert run() in (0, None)
"""
    assert loaded(code, ("torch", "sklearn", "scipy", "pandas")) == {"torch"}


def test_the_first_estimator_loads_nothing_unneeded():
    assert loaded("from foveal import CNNClassifier", UNNEEDED) == set()


def test_the_first_fit_loads_nothing_unneeded():
    """PyTorch's own optimizers load its compiler: 800 modules, which took ten times as long as an epoch on digits."""
    assert loaded(FIT, UNNEEDED) == set()


def test_an_unneeded_module_would_be_seen():
    assert loaded("import torch; torch.optim.SGD([torch.zeros(1)])", UNNEEDED) >= {"torch._dynamo", "sympy"}
