"""What is said of networks of tokens without loading torch."""

import subprocess
import sys

from foveal.core.choices import TOKEN_NETS
from foveal.core.net_names import SIZES
from foveal.core.token_networks import token_networks
from foveal.models.of_tokens import TOKEN_MODELS


def test_it_is_said_of_every_one_and_is_what_the_catalogue_says():
    said = token_networks()
    assert tuple(said) == TOKEN_NETS
    assert {name: row.source for name, row in said.items()} == {n: m.source for n, m in TOKEN_MODELS.items()}
    assert all(f"{key}=" in row.sized for name, row in said.items() for key in SIZES[name])


def test_no_torch_is_loaded():
    code = "import sys, foveal.core.token_networks; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
