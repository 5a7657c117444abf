"""Volumes of their own sizes, such as scans and masks to be cut into tiles."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from foveal.core.rules import check, choice
from foveal.data.images.progress import SILENT, Progress
from foveal.data.images.records import Bad, BadPicture
from foveal.data.images.refusing import refuse
from foveal.data.volumes.apply import by_rule
from foveal.data.volumes.headers import read_stored, unsuited
from foveal.data.volumes.infer import infer_volume_rule
from foveal.data.volumes.listing import VOLUMES, list_volumes
from foveal.data.volumes.rule import VolumeRule, check_volume_rule
from foveal.data.volumes.volume import Volume


def read_volumes(
    source: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    orient: str = "RAS",
    spacing: Sequence[float] | None = None,
    window: Sequence[float] | None = None,
    intensity: str = "as_is",
    input_rule: Sequence[Mapping[str, Any]] | None = None,
    labels: bool = False,
    on_bad: str = "stop",
    progress: Progress = SILENT,
) -> tuple[list[Volume], VolumeRule]:
    r"""Read all volumes of a folder or a list, each (\*S, C) of its own size; gives them and the rule.

    With `labels` they are masks: read again by the rule that scans were read by, they lie on the same grids. Volumes
    stay in memory. Raises what `open_volumes` raises.

    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for depth in (2, 3):
    ...         np.save(f"{folder}/{depth}.npy", np.zeros((depth, 4, 5)))
    ...     volumes, rule = read_volumes(folder)
    >>> [volume.shape for volume in volumes], rule[3]["to"]
    ([(2, 4, 5, 1), (3, 4, 5, 1)], None)
    """
    check("on_bad", on_bad, choice("stop", "skip"))
    listing = list_volumes(source, labelled=False, told=progress.say)
    headers, bad = read_stored(listing, progress)
    known = [header for header in headers if header is not None]
    if on_bad == "stop" or not known:
        refuse(bad, len(headers), "stop", progress.say, VOLUMES)
    if input_rule is not None:
        rule = check_volume_rule(tuple(input_rule))
    else:
        rule, said = infer_volume_rule(
            known, orient=orient, spacing=spacing, window=window, intensity=intensity, varying=True
        )
        progress.say("; ".join(said))
    if not labels:
        bad += unsuited(listing, headers, rule, {wrong.place for wrong in bad})
    wrong_places, volumes = {wrong.place for wrong in bad}, list[Volume]()
    for place, header in zip(listing.places, headers, strict=True):
        if header is None or place in wrong_places:
            continue
        try:
            volumes.append(by_rule(header, rule, place.name, labels=labels))
        except BadPicture as wrong:
            bad.append(Bad(place, wrong.reason))
    refuse(bad, len(headers), on_bad, progress.say, VOLUMES)
    return volumes, rule
