"""Who is told what is found while files are read."""

from collections.abc import Callable
from typing import NamedTuple


class Progress(NamedTuple):
    """What is told: sentences, and how far a pass has come (what, done, bad, of so many)."""

    say: Callable[[str], None]
    show: Callable[[str, int, int, int], None]


SILENT = Progress(lambda sentence: None, lambda what, done, bad, total: None)
