"""A child process that saves: `python saver.py FOLDER SIZE ...`, a checkpoint of each size, the first of step 3.

After each it prints step and size of the newest.

It imports neither torch nor numpy, so that the system calls of the saves are few and always the same. What goes wrong
ends it as the command line would be ended: with the error's exit code and one line.
"""

import hashlib
import sys
from pathlib import Path

from foveal.core.checkpoints import newest, open_folder, write_checkpoint
from foveal.core.errors import FovealError, ModelFileError


def content(step: int, size: int) -> bytes:
    """Give a checkpoint's bytes: their hash, then what is a function of the step."""
    body = bytes([step]) * size
    return hashlib.sha256(body).digest() + body


def read(path: Path) -> tuple[int, int]:
    """Read step and size of a whole checkpoint."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ModelFileError(f"cannot read {path}: {error.strerror}") from error
    if len(raw) <= 32 or hashlib.sha256(raw[32:]).digest() != raw[:32]:
        raise ModelFileError(f"{path} is damaged")
    return raw[32], len(raw) - 32


if __name__ == "__main__":
    try:
        with open_folder(sys.argv[1]) as folder:
            print(newest(folder, read), flush=True)
            for step, size in enumerate(map(int, sys.argv[2:]), start=3):
                write_checkpoint(folder, step, content(step, size))
                print(newest(folder, read), flush=True)
    except FovealError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
