"""How many rows there are of what: files that cannot be read, rare classes, classes that a part lacks, blank rows."""

import numpy as np

from foveal.doctor.findings import Finding, Suggestion, many
from foveal.doctor.subject import Subject

#: The largest class beside the smallest from which it is imbalance; rows of a class below which they are few.
IMBALANCE, FEW = 10.0, 10


def counts(subject: Subject) -> list[Finding]:
    """Find what counting shows."""
    return [*_unreadable(subject), *_classes(subject), *_empty_parts(subject)]


def _unreadable(subject: Subject) -> list[Finding]:
    found = []
    if subject.bad:
        found.append(
            Finding(
                "unreadable",
                "error",
                f"{many(len(subject.bad), 'file')} of {len(subject):,} cannot be read",
                "mend or remove them; foveal train --on-bad skip leaves them out",
                tuple((row,) for row in subject.bad_rows),
                tuple(reason for _, reason in subject.bad) if subject.bad_rows else (),
                (("file", "what is wrong"), *subject.bad[:1000]),
                tuple(Suggestion(row, "drop") for row in subject.bad_rows),
            )
        )
    if subject.wrong:
        found.append(Finding("cannot-be-trained-on", "error", subject.wrong, "foveal train would stop with this"))
    odd = np.flatnonzero(~subject.traits.finite)
    if len(odd):
        found.append(
            Finding(
                "not-finite",
                "error",
                f"{many(len(odd), 'row')} of {len(subject):,} hold NaN or infinity",
                "drop them, or fill in what is missing",
                tuple((row,) for row in odd.tolist()),
                suggestions=tuple(Suggestion(row, "drop") for row in odd.tolist()),
            )
        )
    return found


def _classes(subject: Subject) -> list[Finding]:
    if subject.y is None:
        return []
    train = np.ones(len(subject), bool) if subject.part is None else subject.part == "train"
    held = np.bincount(subject.y[train], minlength=len(subject.classes))
    there = np.flatnonzero(held)
    if not len(there):
        return []
    found, largest, smallest = [], there[held[there].argmax()], there[held[there].argmin()]
    times = held[largest] / held[smallest]
    lines = [(subject.classes[c], f"{held[c]:,}", f"{held[c] / held.sum():.1%}") for c in np.argsort(-held).tolist()]
    table = (("class", "rows to learn from", "share"), *lines)
    if times >= IMBALANCE:
        found.append(
            Finding(
                "imbalance",
                "warning",
                f"the largest class, {subject.classes[largest]}, has {times:,.0f} times as many rows as the smallest, "
                f"{subject.classes[smallest]} ({held[largest]:,} and {held[smallest]:,})",
                'look at balanced accuracy and macro F1, not accuracy; --set class_weight="balanced" weighs classes '
                "alike",
                table=table,
            )
        )
    few = [subject.classes[c] for c in there.tolist() if held[c] < FEW]
    if few:
        named = ", ".join(few[:8]) + (" ..." if len(few) > 8 else "")
        found.append(
            Finding(
                "few-rows",
                "warning",
                f"{many(len(few), 'class')} {'has' if len(few) == 1 else 'have'} fewer than {FEW} rows to learn from: "
                f"{named}",
                "gather more, or join classes: a score of so few rows says little",
                table=table,
            )
        )
    return found


def _empty_parts(subject: Subject) -> list[Finding]:
    """Find classes that are tested but not learnt, and those that are not tested."""
    parts = subject.parts()
    if subject.y is None or subject.part is None or len(parts) < 2:
        return []
    held = {part: np.bincount(subject.y[subject.part == part], minlength=len(subject.classes)) for part in parts}
    train = held.get("train", np.zeros(len(subject.classes)))
    found = []
    for part in parts:
        if part == "train":
            continue
        strange = [name for c, name in enumerate(subject.classes) if held[part][c] and not train[c]]
        absent = [name for c, name in enumerate(subject.classes) if train[c] and not held[part][c]]
        if strange:
            found.append(
                Finding(
                    "class-not-learnt",
                    "error",
                    f"{part} has rows of {', '.join(strange[:8])}, and train has none",
                    "give train some (a name spelt in two ways is two classes)",
                )
            )
        if absent:
            found.append(
                Finding(
                    "class-not-measured",
                    "warning",
                    f"{part} has no row of {', '.join(absent[:8])}{' ...' if len(absent) > 8 else ''}",
                    "nothing will be known of these classes; deal the rows anew, by classes",
                )
            )
    return found
