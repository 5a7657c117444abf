"""Which rows train and which are held out."""

import numpy as np


def split_rows(
    n_rows: int, valid_size: float, rng: np.random.Generator | None, classes: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Choose the training and the held-out rows; `classes` (their numbers) are held out in equal proportion.

    Of a class of n rows, round(n valid_size) are held out, but at most n - 1: every class keeps a training row, and a
    class of one stays in training. Without `rng` the last rows of each class are taken. Both results are in order.

    >>> split_rows(6, 0.34, None, np.array([0, 0, 0, 1, 1, 1]))
    (array([0, 1, 3, 4]), array([2, 5]))
    """
    if valid_size == 0:
        return np.arange(n_rows), np.arange(0)
    classes = np.zeros(n_rows, int) if classes is None else classes
    by_class = np.argsort(classes, kind="stable")  # in one go: looking for each class takes rows x classes
    ends = np.flatnonzero(np.diff(classes[by_class])) + 1
    held = []
    for rows in np.split(by_class, ends):
        n_held = min(round(len(rows) * valid_size), len(rows) - 1)
        if rng is not None:
            rows = rng.permutation(rows)
        held.append(rows[len(rows) - n_held :])
    valid = np.sort(np.concatenate(held))
    return np.setdiff1d(np.arange(n_rows), valid), valid


def small_classes(classes: np.ndarray | None) -> str:
    """Say how few rows each class has where rows are held out class by class, and what share would hold one out.

    >>> small_classes(np.array([0, 0, 1, 1]))
    ': it is taken class by class, and the largest class has 2 rows, of which valid_size=0.26 holds one out'
    """
    if classes is None:
        return ""
    most = int(np.unique(classes, return_counts=True)[1].max())
    if most == 1:
        return ": it is taken class by class, and every class has one row, which trains"
    enough = (50 // most + 1) / 100  # round() makes 0 of a half
    return (
        f": it is taken class by class, and the largest class has {most} rows, of which valid_size={enough:g} holds "
        "one out"
    )
