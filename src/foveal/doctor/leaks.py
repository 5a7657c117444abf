"""Groups whose rows lie on both sides of a split: a patient, a scene or a speaker that is learnt from and tested on."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.doctor.findings import Finding, Suggestion, many
from foveal.doctor.subject import PARTS, Subject


def leaks(subject: Subject) -> list[Finding]:
    """Name the groups that are in several parts."""
    if subject.groups is None or subject.part is None:
        return []
    names, numbers = np.unique(subject.groups.astype(str), return_inverse=True)
    held = np.stack([np.bincount(numbers[subject.part == part], minlength=len(names)) for part in PARTS])
    leaking = np.flatnonzero((held > 0).sum(axis=0) > 1)
    if not len(leaking):
        return []
    groups = [np.flatnonzero(numbers == number) for number in leaking.tolist()]
    lines = [(str(names[number]), *(f"{count:,}" for count in held[:, number].tolist())) for number in leaking.tolist()]
    fewest = [_fewest(subject, rows, held[:, number]) for rows, number in zip(groups, leaking, strict=True)]
    return [
        Finding(
            "group-leak",
            "error",
            f"{many(len(leaking), 'group')} of {len(names):,} {'lies' if len(leaking) == 1 else 'lie'} on both sides "
            f"of the split ({', '.join(map(str, names[leaking[:5]]))}{' ...' if len(leaking) > 5 else ''}): scores "
            "come out too good",
            "put all rows of a group into one part; the decisions suggest to drop those of the part that has fewest",
            tuple(tuple(rows.tolist()) for rows in groups),
            tuple(f"group {names[number]}" for number in leaking.tolist()),
            (("group", *PARTS), *lines),
            tuple(suggestion for some in fewest for suggestion in some),
        )
    ]


def _fewest(subject: Subject, rows: NDArray[Any], held: NDArray[Any]) -> list[Suggestion]:
    """Keep the rows of the part that has most of a group."""
    assert subject.part is not None  # noqa: S101  (there are no leaks without parts)
    kept = PARTS[int(held.argmax())]
    return [Suggestion(row, "keep" if subject.part[row] == kept else "drop") for row in rows.tolist()]
