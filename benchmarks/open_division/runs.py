"""One fit as one row of a CSV file: seconds, accuracy, and what else must be known to repeat it."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import torch

from foveal import CNNClassifier

Row = dict[str, Any]
Rows = tuple[np.ndarray, np.ndarray]  # X, y


def measured(model: CNNClassifier, train: Rows, test: Rows) -> Row:
    """Fit and test a model; the seconds are those of `fit`, preparation of the data included."""
    wall, core = perf_counter(), process_time()
    model.fit(*train)
    wall, core = perf_counter() - wall, process_time() - core
    accuracy = float((model.predict(test[0]) == test[1]).mean())
    return {
        "accuracy": round(100 * accuracy, 3),
        "seconds": round(wall, 2),
        "core_seconds": round(core, 2),
        "epochs": len(model.history_["epoch"]),
        "rows": len(train[1]),
        "threads": torch.get_num_threads(),
        "load": round(os.getloadavg()[0], 1),
    }


def append(file: Path, row: Row) -> None:
    """Add a row to a CSV file, made with a header where it is not there; a run broken off loses nothing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = not file.exists()
    with file.open("a", newline="", encoding="utf-8") as text:
        writer = csv.DictWriter(text, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)
    print(*(f"{k}={v}" for k, v in row.items()), flush=True)


def read(file: Path) -> list[dict[str, str]]:
    """Read a CSV file; none is no rows."""
    if not file.exists():
        return []
    with file.open(encoding="utf-8") as text:
        return list(csv.DictReader(text))


def groups(rows: list[dict[str, str]], *names: str) -> Iterator[tuple[tuple[str, ...], list[dict[str, str]]]]:
    """Give rows that agree in the columns `names`, in the order in which they first come.

    >>> [(key, len(rows)) for key, rows in groups([{"a": "x"}, {"a": "y"}, {"a": "x"}], "a")]
    [(('x',), 2), (('y',), 1)]
    """
    for key in dict.fromkeys(tuple(row[name] for name in names) for row in rows):
        yield key, [row for row in rows if tuple(row[name] for name in names) == key]
