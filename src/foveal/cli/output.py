"""What a verb prints: tables and JSON on stdout, remarks on stderr."""

import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, Literal

from rich.table import Table
from rich.text import Text

from foveal.core.consoles import Console
from foveal.core.errors import ResourceError
from foveal.core.ranks import rank_of

_COLOURS = {"error": "bold red", "warning": "bold yellow", "": "bold"}
_WORDS = {"iou": "mean IoU", "dice": "Dice", "boundary_f1": "boundary F1"}
_WIDE = 10_000  # tables keep their lines whole: a terminal may wrap them, a pipe must not


@contextmanager
def one_voice() -> Iterator[None]:
    """Of the processes that a launcher started, let the first one print, and the others nothing."""
    if rank_of() == 0:
        yield
        return
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        yield


def say(message: str, kind: Literal["error", "warning", ""] = "") -> None:
    """Print one line on stderr, `foveal: error: message`; what is a list in the message has a line for each entry."""
    start = f"foveal: {kind}: " if kind else "foveal: "
    lines = message.splitlines()
    listed = any(line.startswith("  ") for line in lines[1:])
    text = Text.assemble((start, _COLOURS[kind]), ("\n" if listed else " ").join(lines))
    Console(stderr=True).print(text, soft_wrap=True, highlight=False)


def show_json(values: Mapping[str, Any]) -> None:
    """Print a JSON object; numbers that JSON has no word for become null."""
    print(to_json(values))


def to_json(values: Mapping[str, Any], *, indent: int | None = 2) -> str:
    """Make JSON of a mapping; NaN and infinity become null, NumPy's numbers ordinary ones.

    >>> to_json({"score": float("nan"), "shape": (1, 8)}, indent=None)
    '{"score": null, "shape": [1, 8]}'
    """
    return json.dumps(plain(values), indent=indent, allow_nan=False)


def plain(value: Any) -> Any:
    """Turn a value into what JSON has: NumPy's scalars and arrays, paths and whatever else, by its name."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int) else str(value)


def show_facts(facts: Mapping[str, str]) -> None:
    """Print names and what they stand for, in two columns."""
    console, width = Console(highlight=False), max(map(len, facts))
    for name, value in facts.items():
        console.print(Text.assemble((f"{name:<{width}}  ", "cyan"), value), soft_wrap=True)


def show_table(header: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = True) -> None:
    """Print rows under a header; the first column is text, the others are numbers, or text too."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="cyan")
    for i, name in enumerate(header):
        table.add_column(name, justify="right" if i and numbers else "left", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row))
    Console(highlight=False, width=_WIDE).print(table, crop=False)  # print(width=...) would be cut to the console's


def word(name: str) -> str:
    """Give the word for a measure by its name in JSON.

    >>> word("iou"), word("pixel_accuracy")
    ('mean IoU', 'pixel accuracy')
    """
    return _WORDS.get(name, name.replace("_", " "))


def number(value: float | None) -> str:
    """Write a score, or a dash where there is none.

    >>> number(0.98765), number(float("nan")), number(12345.678)
    ('0.9877', '-', '12,345.7')
    """
    if value is None or math.isnan(value):
        return "-"
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4f}"


def check_place(path: Path, option: str) -> None:
    """Refuse a file that could not be written before work is done for it; raises `ResourceError`."""
    folder = path.parent
    if path.is_dir():
        why = "it is a folder"
    elif not folder.is_dir():
        why = f"there is no folder {folder}"
    elif not os.access(folder, os.W_OK):
        why = f"nobody may write in {folder}"
    else:
        return
    raise ResourceError(f"{option}: cannot write {path}: {why}; make it, or choose another")
