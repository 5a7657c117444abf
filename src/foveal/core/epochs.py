"""How many epochs n_epochs="auto" stands for. Torch-free."""

#: Updates that "auto" asks for: what a network needs does not grow with the rows as a fixed number of epochs would.
AUTO_STEPS = 600

#: Fewest and most epochs of "auto": every row is seen a few times, and the fewest rows have their updates too. On the
#: training parts of small sets of signals (50 and 270 rows, FCN, 3 folds) 150 updates gave a log loss of 0.28 and 0.11,
#: 600 gave 0.10 and 0.07, 1,200 gave 0.08.
AUTO_EPOCHS = (5, 600)


def resolve_epochs(n_epochs: int | str, steps: int) -> int:
    """Turn "auto" into a number of epochs of `steps` updates each: max(5, ceil(600 / steps)).

    >>> [resolve_epochs("auto", steps) for steps in (1, 16, 275, 10_000)], resolve_epochs(3, 275)
    ([600, 38, 5, 5], 3)
    """
    if not isinstance(n_epochs, str):
        return n_epochs
    return max(AUTO_EPOCHS[0], -(-AUTO_STEPS // steps))
