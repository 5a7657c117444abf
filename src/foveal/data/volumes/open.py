"""`foveal.open_volume`: one volume out of a file or a folder of slices, with its geometry."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from foveal.core.errors import DataError
from foveal.core.files import as_path
from foveal.data.images.listing.names import printable
from foveal.data.images.listing.walk import kind_of, neighbours
from foveal.data.images.records import BadPicture
from foveal.data.volumes.apply import at_least, by_rule
from foveal.data.volumes.formats import stored_of
from foveal.data.volumes.rule import check_volume_rule, make_volume_rule
from foveal.data.volumes.volume import Volume
from foveal.data.volumes.writing import write_like


def open_volume(
    path: str | os.PathLike[str],
    *,
    series: int | str | None = None,
    orient: str = "RAS",
    spacing: Sequence[float] | None = None,
    window: Sequence[float] | None = None,
    intensity: str = "as_is",
    size: Sequence[int] | None = None,
    input_rule: Sequence[Mapping[str, Any]] | None = None,
    labels: bool = False,
) -> Volume:
    r"""Open a volume: DICOM (a file, or a folder with the slices of a series), NIfTI, a TIFF stack or an .npy file.

    Parameters
    ----------
    path : path
        What a file is is told by what is in it.
    series : int or str, optional
        Which series of a folder, where there are several: its number in the error that lists them, or its identifier
        (SeriesInstanceUID).
    orient : str
        The directions in which the axes shall grow: "RAS" is right, anterior (front), superior (head). Axes change
        places and directions, to the nearest; nothing is interpolated. "as_stored": as in the file.
    spacing : three numbers, optional
        Distances of voxels in millimetres; linear, and smoothed where voxels become fewer.
    window : (centre, width), optional
        From these intensities, such as Hounsfield units, to 0 ... 1, cut off on both sides: `intensities`.
    intensity : str
        "as_is", or "percentiles": from the volume's percentiles 0.5 and 99.5 to 0 ... 1, for MR, which has no unit.
    size : three numbers, optional
        Voxels along each axis, cut or filled up with 0 evenly on both sides.
    input_rule : steps, optional
        A whole rule in the place of the five above, as a fitted model has it.
    labels : bool
        Whether it is a mask: voxels are copied and never mixed, intensities stay, the result is integers.

    Slices have two numbers in the place of three. Slope, intercept, MONOCHROME1 and palettes of DICOM and the slope of
    NIfTI are honoured; the result is float32.

    Returns
    -------
    Volume
        Numbers (D, H, W, C), or (H, W, C) of a single slice, with matrix and distances.

    Raises
    ------
    DataError
        If it is no volume that can be read; the message says why, and holds nothing of a header but geometry.
    ParameterError
        If a parameter breaks its rule.
    ResourceError
        If a package is missing: pip install "foveal[medical]".

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/scan.npy", np.array([[[-100, 40, 239]]], np.int16))
    ...     scan = open_volume(f"{folder}/scan.npy", window=(40, 400), orient="as_stored")
    >>> scan.shape, scan.spacing, scan.values.ravel().astype(float).round(3).tolist()
    ((1, 3, 1), (1.0, 1.0), [0.15, 0.501, 1.0])
    """
    found = as_path(path)
    shown = printable(str(found))
    if kind_of(found) == "nothing":
        raise DataError(f"{shown}: there is no such file or folder{neighbours(found.absolute())}")
    rule = None if input_rule is None else check_volume_rule(tuple(input_rule))
    if rule is None:  # parameters are checked before the file is
        rule = make_volume_rule(
            channels=1, size=size, orient=orient, spacing=spacing, window=window, intensity=intensity
        )
    try:
        stored = stored_of(found, series)
        if input_rule is None:
            rule = (*rule[:3], {**rule[3], "channels": stored.channels})
        return by_rule(stored, rule, shown, labels=labels)
    except BadPicture as bad:
        raise DataError(f"{shown} {bad.reason}") from None


def answer_file(
    path: str | os.PathLike[str],
    input_rule: Sequence[Mapping[str, Any]],
    answer: Callable[[Volume], Any],
    out: str | os.PathLike[str],
    *,
    series: int | str | None = None,
) -> Volume:
    r"""Read a file by a model's rule, ask for an answer for each voxel, and write it onto the file's own grid.

    `answer` takes the volume and gives (\*S) labels or (\*S, K) numbers on its grid. Nothing of the volume is cut off:
    where it is larger than the rule's size it stays so, where it is smaller it is filled up. Gives the volume back.
    Raises what `open_volume` and `write_like` raise.
    """
    rule = check_volume_rule(tuple(input_rule))
    shown = printable(str(as_path(path)))
    try:
        rule = at_least(stored_of(as_path(path), series), rule)
    except BadPicture as bad:
        raise DataError(f"{shown} {bad.reason}") from None
    volume = open_volume(path, input_rule=rule, series=series)
    write_like(answer(volume), volume, Path(out))
    return volume
