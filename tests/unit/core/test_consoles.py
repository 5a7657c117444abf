"""A console whose reader has gone falls silent; it ends nothing."""

import os
from pathlib import Path

from foveal.core.consoles import Console


def test_a_console_without_a_reader_falls_silent():
    ours, theirs = os.pipe()
    os.close(ours)
    with os.fdopen(theirs, "w") as stream:
        console = Console(file=stream)
        console.print("first")
        console.print("second")
        assert console.quiet
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), theirs)  # else closing the stream would be refused


def test_one_with_a_reader_prints():
    ours, theirs = os.pipe()
    with os.fdopen(theirs, "w") as stream:
        Console(file=stream).print("first")
    assert os.read(ours, 100) == b"first\n"
    os.close(ours)
