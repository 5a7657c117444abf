"""`python -m foveal` is the command `foveal`."""

import sys

from foveal.cli.main import run

if __name__ == "__main__":
    sys.exit(run())
