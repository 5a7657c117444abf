"""DICOM as volumes: one file, or the files of a folder that belong to one series."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from foveal.core.rules import shown
from foveal.data.images.listing.names import in_order, is_hidden, many, printable, some
from foveal.data.images.records import BadPicture
from foveal.data.volumes.damage import damage_told
from foveal.data.volumes.dicom.header import Header, is_dicom, read_header
from foveal.data.volumes.dicom.pixels import frames_of
from foveal.data.volumes.dicom.stacking import Stack, stack_of
from foveal.data.volumes.stored import Array, Stored, check_room, plain

#: Endings of DICOM files; others are known by the mark after the preamble.
ENDINGS = ("dcm", "dicom", "ima")


def seems_dicom(path: str) -> bool:
    """Tell whether a file is meant as DICOM: by its ending or its mark. What cannot be opened is not."""
    if Path(path).suffix[1:].lower() in ENDINGS:
        return True
    try:
        return Path(path).is_file() and is_dicom(path)
    except OSError:
        return False


def files_in(folder: str) -> list[str]:
    """List the DICOM files that lie directly in a folder, by name; an index of a disc (DICOMDIR) is none."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if not is_hidden(entry.name)]
    paths = [f"{folder.rstrip('/')}/{name}" for name in in_order(names) if not name.upper().startswith("DICOMDIR")]
    return [path for path in paths if seems_dicom(path)]


def stored_file(path: str) -> Stored:
    """Take one DICOM file with all its frames."""
    return _stored([read_header(path)])


def stored_series(folder: str, series: int | str | None = None) -> Stored:
    """Take the files of a folder that are one series; of several the one asked for, by number or by identifier."""
    headers, said = _headers(folder)
    groups: dict[str, list[Header]] = {}
    for header in headers:
        groups.setdefault(header.series, []).append(header)
    return _stored(_chosen(groups, series), said)


def _headers(folder: str) -> tuple[list[Header], tuple[str, ...]]:
    """Read the headers of a folder's files; those without an image are left out, damaged ones are not."""
    found, others = list[Header](), list[str]()
    for path in files_in(folder):
        try:
            with damage_told():
                found.append(read_header(path))
        except BadPicture as bad:
            if not bad.reason.startswith("is DICOM without an image"):
                raise BadPicture(f"{printable(Path(path).name)} in it {bad.reason}") from None
            others.append(Path(path).name)
    if not found:
        raise BadPicture("is a folder without a DICOM image")
    return found, (f"left out {many(len(others), 'file')} without an image: {some(others, 3)}",) if others else ()


def _chosen(groups: dict[str, list[Header]], series: int | str | None) -> list[Header]:
    listed = list(groups.values())
    if series is None and len(listed) == 1:
        return listed[0]
    if isinstance(series, str) and series in groups:
        return groups[series]
    if isinstance(series, int) and not isinstance(series, bool) and 1 <= series <= len(listed):
        return listed[series - 1]
    lines = "; ".join(
        f"{number}: {many(len(headers), 'file')} of {headers[0].columns} x {headers[0].rows} pixels, "
        f"{printable(Path(headers[0].path).name)} first"
        for number, headers in enumerate(listed[:20], 1)
    )
    asked = "choose one" if series is None else f"series must be one of their numbers, got {shown(series, 20)}"
    if isinstance(series, str):
        asked = "none of them has the identifier that series= asks for"
    raise BadPicture(f"holds {len(listed)} series, {asked}, such as series=1 ({lines})")


def _stored(headers: Sequence[Header], said: tuple[str, ...] = ()) -> Stored:
    first = headers[0]
    odd = next((h for h in headers if h.form[:4] != first.form[:4] or h.form[5] != first.form[5]), None)
    if odd is not None:
        names = f"{printable(Path(first.path).name)} and {printable(Path(odd.path).name)}"
        raise BadPicture(f"has slices of different kinds, in size, bits or colours: {names}; take them apart")
    if len(headers) > 1 and any(header.frames > 1 for header in headers):
        raise BadPicture("has several files of many frames each; open them one by one")
    stack = stack_of([header.places for header in headers])
    if stack is None:
        return _unplaced(headers, said)
    shape = (first.columns, first.rows, len(stack.order))
    check_room(shape, first.channels)
    return Stored(
        "dicom", shape, first.channels, stack.affine, True, 2 if shape[2] == 1 else None,
        lambda: _stacked(headers, stack), said + stack.said,
    )  # fmt: skip


def _unplaced(headers: Sequence[Header], said: tuple[str, ...]) -> Stored:
    """Take frames whose places are not known in the order that they have: frames, rows, columns."""
    first = headers[0]
    if len(headers) > 1:
        raise BadPicture("has slices that do not say where they lie (no position or direction); open them one by one")
    shape = (first.frames, first.rows, first.columns)
    down, across = first.places.distances or (1.0, 1.0)
    distances = (first.places.depth or 1.0, down, across)
    unknown = "directions" if first.places.distances else "directions or distances: 1 mm is taken"
    return Stored(
        "dicom", shape, first.channels, plain(distances), False, 0 if shape[0] == 1 else None,
        lambda: frames_of(first), (*said, f"says nothing of {unknown}"),
    )  # fmt: skip


def _stacked(headers: Sequence[Header], stack: Stack) -> Array:
    """Read the frames in their order along the normal: (columns, rows, slices, C)."""
    if len(headers) == 1:
        frames = frames_of(headers[0])[list(stack.order)]
        return frames.transpose(2, 1, 0, 3)
    pieces = []
    for number in stack.order:
        try:
            with damage_told():
                pieces.append(frames_of(headers[number])[0])
        except BadPicture as bad:
            raise BadPicture(f"{printable(Path(headers[number].path).name)} in it {bad.reason}") from None
    return np.stack(pieces).transpose(2, 1, 0, 3)
