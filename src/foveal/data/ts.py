"""The .ts format of labelled signals: a line for each, channels of any length behind one another."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataError
from foveal.data.array_files import reading

_WANTED = "a header of lines such as '@classLabel true a b', '@data', then a line for each signal: 1,2,3:4,5,6:a"


class Signals(NamedTuple):
    """Signals of a file: values (C, L), L of their own, the numbers of their classes, and the names of those."""

    values: list[NDArray[np.float32]]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]


def read_ts(path: str | Path) -> Signals:
    r"""Read signals and their classes from a .ts file.

    In a line channels are parted by colons, values by commas, and the last part is the class. Lengths may differ from
    line to line, but not within one.

    Raises
    ------
    DataError
        If there is no such file, it has no classes or has time stamps, a value is missing or no number, or channels
        differ in number or length; the message names the line.
    ResourceError
        If the file may not be read, or memory is short.

    Source: the format of timeseriesclassification.com (Bagnall et al. 2018, The UEA multivariate archive).

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "two.ts")
    ...     _ = file.write_text("@classLabel true no yes\n@data\n1,2:3,4:yes\n5,6,7:8,9,0:no\n")
    ...     values, labels, names = read_ts(file)
    >>> [signal.tolist() for signal in values], labels, names
    ([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0, 7.0], [8.0, 9.0, 0.0]]], array([1, 0]), ('no', 'yes'))
    """
    path = Path(path)
    with reading(path):
        lines = path.read_text("utf-8").splitlines()
        names, first = _header(path, lines)
        values, labels = [], []
        for number, line in enumerate(lines[first:], start=first + 1):
            if line.strip():
                signal, label = _signal(f"{path}, line {number}", line, names)
                values.append(signal)
                labels.append(label)
        if not values:
            raise DataError(f"{path}: no signal follows '@data'; wanted {_WANTED}")
        channels = {len(signal) for signal in values}
        if len(channels) > 1:
            raise DataError(f"{path}: signals must have equally many channels, got {sorted(channels)}")
    return Signals(values, np.array(labels, np.int64), names)


def padded(signals: Sequence[NDArray[np.float32]], length: int | None = None) -> NDArray[np.float32]:
    r"""Stack signals, zeros behind the shorter ones: (N, C, L), or (N, L) for one channel.

    >>> padded([np.ones((2, 1), np.float32), np.ones((2, 3), np.float32)]).tolist()
    [[[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]], [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]]
    """
    longest = max(signal.shape[1] for signal in signals) if length is None else length
    X = np.zeros((len(signals), len(signals[0]), longest), np.float32)
    for row, signal in zip(X, signals, strict=True):
        row[:, : signal.shape[1]] = signal
    return X[:, 0] if X.shape[1] == 1 else X


def _header(path: Path, lines: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """Give the class names, and the number of the line after '@data'."""
    names: tuple[str, ...] = ()
    for number, line in enumerate(lines, start=1):
        key, *words = line.split() or [""]
        if key.lower() == "@timestamps" and [word.lower() for word in words] == ["true"]:
            raise DataError(f"{path}, line {number}: signals with time stamps are not read; write values alone")
        if key.lower() == "@classlabel":
            names = tuple(words[1:])
        if key.lower() == "@data":
            if not names:
                raise DataError(f"{path}: no class is named before '@data'; wanted {_WANTED}")
            return names, number
    raise DataError(f"{path}: there is no line '@data'; wanted {_WANTED}")


def _signal(where: str, line: str, names: Sequence[str]) -> tuple[NDArray[np.float32], int]:
    *channels, name = line.strip().split(":")
    if name not in names:
        raise DataError(f"{where}: the last part must be one of the classes {', '.join(names)}, got {name[:40]!r}")
    try:
        rows = [np.array(channel.split(","), np.float64) for channel in channels]
    except ValueError as error:
        raise DataError(f"{where}: values must be numbers, and none may be missing ({error})") from error
    lengths = sorted({len(row) for row in rows})
    if len(lengths) != 1:
        raise DataError(f"{where}: channels must be equally long, got lengths {lengths or 'of none'}; {_WANTED}")
    return np.stack(rows).astype(np.float32), names.index(name)
