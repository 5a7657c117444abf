r"""Labels that are likely wrong, and classes that look alike, by probabilities that are out of fold.

A row with the label i is suspected where the learner finds another class likelier, and

    p_i(x) <= t_i

The threshold t_i of each class is the largest for which the learner itself expects few true rows below it: of rows x
that look like another class, p_i(x) is how likely they are of class i all the same, so

    sum of p_i(x) over the x that look otherwise and have p_i(x) <= t_i   <=   EXPECTED * (rows of class i)

Then the suspects are left out, the learner learns anew, and the thresholds are found once more: the suspects of this
second round are told. On data without a wrong label that gives about 1 % of false alarms or fewer, as far as the
probabilities are honest, however hard the classes are to tell apart. Nothing in it is fitted to planted errors.

It is confident learning (Northcutt, Jiang and Chuang 2021) but for the threshold: theirs, p_j(x) >= the mean p_j of the
rows of class j, has more false alarms the harder the data are: 6 % where a learner is right in 83 % of rows.

Two classes look alike by (n_ij / n_i + n_ji / n_j) / 2: rows of one that are taken for the other.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.data.images.progress import SILENT, Progress
from foveal.doctor.findings import Finding, Suggestion, many
from foveal.doctor.out_of_fold import out_of_fold, tempered
from foveal.doctor.subject import Subject

Array = NDArray[Any]

EXPECTED, ROUNDS = 0.005, 2
#: Share of rows of two classes that are confused from which these look alike, and fewest such rows.
ALIKE, FEWEST = 0.05, 3
#: Rows a class needs to be looked at, and rows times classes at most.
LEAST, MOST = 5, 1e7


class Suspects(NamedTuple):
    """Rows whose label is doubted, the most doubtful first: what it would be, and both probabilities."""

    rows: Array
    likelier: Array
    of_label: Array
    of_likelier: Array


def suspected(p: Array, y: Array) -> tuple[Array, Array]:
    """Tell which rows are suspected (N,), and the threshold of each class (K,), from tempered probabilities (N, K).

    >>> p = np.full((1000, 2), 0.5); p[:500] = 0.999, 0.001; p[500:] = 0.001, 0.999
    >>> y = np.repeat([0, 1], 500); y[7] = 1
    >>> np.flatnonzero(suspected(p, y)[0]).tolist()
    [7]
    """
    top, thresholds = p.argmax(axis=1), np.zeros(p.shape[1])
    for label, held in enumerate(np.bincount(y, minlength=p.shape[1]).tolist()):
        below = np.sort(p[top != label, label])
        count = np.searchsorted(np.cumsum(below), EXPECTED * held, side="right")
        thresholds[label] = below[count - 1] if count else 0.0
    doubted: Array = (top != y) & (p[np.arange(len(y)), y] <= thresholds[y])
    return doubted, thresholds


def find_suspects(
    subject: Subject, rows: Array, progress: Progress = SILENT, seed: int = 0
) -> tuple[Suspects, Array, Array]:
    """Give the suspects among rows, the threshold of each class, and the tempered probabilities of the first round."""
    assert subject.y is not None  # noqa: S101  (who calls has labels)
    y, kept = subject.y[rows], np.ones(len(rows), bool)
    rounds = []
    for _ in range(ROUNDS):
        p = tempered(out_of_fold(subject, rows, kept, progress, seed), y, kept)
        rounds.append(p)
        doubted, thresholds = suspected(p, y)
        kept = ~doubted
    places = np.flatnonzero(doubted)
    own, likelier = p[places, y[places]], p[places].argmax(axis=1)
    order = np.argsort(own, kind="stable")
    best = p[places, likelier]
    return Suspects(rows[places[order]], likelier[order], own[order], best[order]), thresholds, rounds[0]


def labels(subject: Subject, progress: Progress) -> tuple[list[Finding], str]:
    """Find labels that are likely wrong and classes that look alike; say why not, where that is not looked for."""
    if subject.y is None:
        return [], "there are no labels of one class a row"
    rows = subject.good()
    held = np.bincount(subject.y[rows], minlength=len(subject.classes))
    rows = rows[held[subject.y[rows]] >= LEAST]
    if len(np.unique(subject.y[rows])) < 2:
        return [], f"fewer than two classes have {LEAST} rows"
    if len(rows) * len(subject.classes) > MOST:
        return [], f"{len(rows):,} rows of {len(subject.classes):,} classes are too many to hold in memory"
    if not subject.texts and subject.traits.small is None:
        return [], "rows are of several parts or lengths"
    suspects, thresholds, p = find_suspects(subject, rows, progress)
    return [*_wrong(subject, suspects, thresholds, len(rows)), *_alike(subject, rows, p)], ""


def _wrong(subject: Subject, suspects: Suspects, thresholds: Array, rows: int) -> list[Finding]:
    if not len(suspects.rows):
        return []
    doubted = [
        (row, subject.classes[likelier], own, best)
        for row, likelier, own, best in zip(*(column.tolist() for column in suspects), strict=True)
    ]
    assert subject.y is not None  # noqa: S101  (there are no suspects without labels)
    count = np.bincount(subject.y[suspects.rows], minlength=len(subject.classes))
    lines = [
        (name, f"{threshold:.4f}", f"{n:,}")
        for name, threshold, n in zip(subject.classes, thresholds.tolist(), count.tolist(), strict=True)
        if n
    ]
    return [
        Finding(
            "wrong-labels",
            "warning",
            f"{many(len(doubted), 'label')} of {rows:,} {'is' if len(doubted) == 1 else 'are'} likely wrong: a learner "
            "that has not seen the row finds another class much likelier",
            f"look at them and correct the decisions; up to about {2 * EXPECTED:.0%} of the rows may be told though "
            "they are right",
            tuple((row,) for row, *_ in doubted),
            tuple(
                f"labelled {subject.label(row)} ({own:.1%}), looks like {name} ({best:.1%})"
                for row, name, own, best in doubted
            ),
            (("class", "suspected up to a probability of", "labels"), *lines),
            tuple(Suggestion(row, "relabel", name) for row, name, *_ in doubted),
        )
    ]


def _alike(subject: Subject, rows: Array, p: Array) -> list[Finding]:
    assert subject.y is not None  # noqa: S101  (who calls has labels)
    y, size = subject.y[rows], len(subject.classes)
    table = np.zeros((size, size))
    np.add.at(table, (y, p.argmax(axis=1)), 1)
    share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    both = np.triu((share + share.T) / 2 * (table + table.T >= FEWEST), 1)
    pairs = [(a, b) for a, b in np.argwhere(both >= ALIKE).tolist()]
    pairs.sort(key=lambda pair: -both[pair])
    if not pairs:
        return []
    names = subject.classes
    lines = tuple((names[a], names[b], f"{both[a, b]:.1%}", f"{int(table[a, b] + table[b, a]):,}") for a, b in pairs)
    first = f"{names[pairs[0][0]]} and {names[pairs[0][1]]}"
    more = f", and {many(len(pairs) - 1, 'more pair')}" if len(pairs) > 1 else ""
    return [
        Finding(
            "classes-alike",
            "note",
            f"{first} look alike: {lines[0][2]} of their rows are taken for each other{more}",
            "see whether people can tell them apart in these pictures or texts; if not, join them or label anew",
            _examples(subject, rows, p, pairs[:4]),
            tuple(f"{names[a]} and {names[b]}" for a, b in pairs[:4]),
            (("one class", "another", "confused", "rows"), *lines),
        )
    ]


def _examples(subject: Subject, rows: Array, p: Array, pairs: list[tuple[int, int]]) -> tuple[tuple[int, ...], ...]:
    """Give four rows of each pair that are taken for the other class, the surest first."""
    assert subject.y is not None  # noqa: S101  (who calls has labels)
    y, top, found = subject.y[rows], p.argmax(axis=1), []
    for a, b in pairs:
        confused = np.flatnonzero(((y == a) & (top == b)) | ((y == b) & (top == a)))
        surest = confused[np.argsort(-p[confused, top[confused]], kind="stable")][:4]
        found.append(tuple(rows[surest].tolist()))
    return tuple(found)
