"""Rows that are there more than once: the same, or nearly so; with different labels; on both sides of a split."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.data.images.progress import Progress
from foveal.doctor.findings import Finding, Severity, Suggestion, many
from foveal.doctor.grouping import linked, same_digests
from foveal.doctor.near import near_pairs
from foveal.doctor.near_texts import near_texts
from foveal.doctor.subject import PARTS, Subject

Groups = Sequence[tuple[int, ...]]

_WORDS = {"pictures": "the same pixels", "arrays": "the same values", "texts": "the same text"}


def duplicates(subject: Subject, progress: Progress) -> list[Finding]:
    """Find rows that are there before, and nearly so: of those with the same digest one stands for all."""
    good = subject.good()
    exact = same_digests(subject.traits.digests, good)
    found = findings_of(subject, exact, "exact", f"with {_WORDS[subject.sort]}")
    alone = np.setdiff1d(good, [row for group in exact for row in group[1:]])
    near = nearly(subject, alone, progress)
    first = {group[0]: group for group in exact}
    whole = [tuple(sorted(row for one in group for row in first.get(one, (one,)))) for group in near]
    return found + findings_of(subject, whole, "near", "nearly the same")


def nearly(subject: Subject, rows: NDArray[Any], progress: Progress) -> Groups:
    """Give groups of near duplicates among rows that all differ."""
    if subject.texts:
        return linked(near_texts(subject.texts, rows, progress))
    if subject.traits.pictures:
        return linked(near_pairs(subject.traits, rows, progress)[0])
    if subject.traits.rounded is not None:
        return same_digests(subject.traits.rounded, rows)
    return []


def findings_of(subject: Subject, groups: Groups, how: str, words: str) -> list[Finding]:
    """Say what there is of such groups: within a part, across parts, with different labels."""
    across = [group for group in groups if subject.part is not None and len({*map(subject.part_of, group)}) > 1]
    apart = [group for group in groups if subject.y is not None and len({*map(subject.label, group)}) > 1]
    found = []
    if across:
        copies = sum(len(group) for group in across)
        found.append(
            Finding(
                f"{how}-duplicates-across-splits",
                "error" if how == "exact" else "warning",
                f"{many(len(across), 'group')} of rows {words} lie on both sides of the split ({many(copies, 'row')}): "
                "what is tested on was learnt from",
                "drop the copies that train, as the decisions suggest, and measure anew",
                tuple(across),
                tuple(" and ".join(sorted({*map(subject.part_of, group)}, key=PARTS.index)) for group in across),
                suggestions=_drops(subject, across),
            )
        )
    if apart:
        severity: Severity = "error" if how == "exact" else "warning"
        found.append(
            Finding(
                f"{how}-duplicates-with-different-labels",
                severity,
                f"{many(len(apart), 'group')} of rows {words} have different labels",
                "look at them: one label is wrong, or the row has several",
                tuple(apart),
                tuple(" or ".join(sorted({*map(subject.label, group)})) for group in apart),
                suggestions=tuple(Suggestion(row, "keep") for group in apart for row in group),
            )
        )
    within = [group for group in groups if group not in set(across)]
    if within:
        more = sum(len(group) - 1 for group in within)
        found.append(
            Finding(
                f"{how}-duplicates",
                "warning",
                f"{many(more, 'row')} {'is' if more == 1 else 'are'} there before, {words}, within a part",
                "drop the copies: they count twice, and of rows held out by chance one tests what another taught",
                tuple(within),
                suggestions=_drops(subject, [group for group in within if group not in set(apart)]),
            )
        )
    return found


def _drops(subject: Subject, groups: Groups) -> tuple[Suggestion, ...]:
    """Suggest to keep one row of each group: of the part that measures, else the first one."""
    found = []
    for group in groups:
        kept = max(group, key=lambda row: (PARTS.index(subject.part_of(row) or "train"), -row))
        found += [Suggestion(row, "keep" if row == kept else "drop") for row in group]
    return tuple(found)
