"""Two classes at 1:99, hard to tell apart: balanced accuracy with `sampler` and `monitor`, and without, over seeds.

python -m benchmarks.imbalance      # three minutes on one core

Shirts are rare among T-shirts of Fashion-MNIST, 60 to 5,940, other ones with each seed; scikit-learn's digits have 180
rows a class, of which 1:99 leaves two. Pictures are halved to 14x14. The test is on the 2,000 test pictures of both
classes, which neither training nor `monitor` has seen.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from foveal import CNNClassifier
from foveal.data.named import load_dataset

MANY, FEW = 0, 6  # T-shirt/top, Shirt
ROWS, RARE = 6000, 60
SEEDS = range(5)
SMALL = {"in_channels_list": (None, 8), "out_channels": 16, "in_features_list": (None, 32), "n_epochs": 15,
         "valid_size": 0.2}  # fmt: skip
WAYS: Mapping[str, Mapping[str, Any]] = {
    "as it is": {},
    "monitor": {"monitor": "balanced_accuracy"},
    "class_weight": {"class_weight": "balanced"},
    "sampler": {"sampler": "balanced"},
    "sampler and monitor": {"sampler": "balanced", "monitor": "balanced_accuracy"},
}


def halved(X: Any) -> np.ndarray:
    """Give pictures of half the size, each pixel the mean of four."""
    return np.asarray(X, float).reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).round().astype(np.uint8)


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Give the mean and half of its 95 % interval, by Student's distribution.

    >>> tuple(round(v, 3) for v in interval([1.0, 2.0, 3.0]))
    (2.0, 2.484)
    """
    n = len(values)
    return float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(n) * stats.t.ppf(0.975, n - 1))


def recalls(way: str, seed: int, train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray]) -> Any:
    """Train one way; give the shares of both classes' test rows that are found."""
    X, y = train
    rng = np.random.default_rng(seed)
    rows = np.concatenate(
        [rng.choice(np.flatnonzero(y == label), n, replace=False) for label, n in ((MANY, ROWS - RARE), (FEW, RARE))]
    )
    model = CNNClassifier(random_state=seed, **SMALL, **WAYS[way]).fit(X[rows], y[rows])
    predicted = model.predict(test[0])
    return [float(np.mean(predicted[test[1] == label] == label)) for label in (MANY, FEW)]


def main() -> None:
    """Print a line for each way: balanced accuracy, its gain over the first way seed by seed, recalls, accuracy."""
    data = load_dataset("fashion-mnist")
    train, test = (
        (halved(np.asarray(X)[np.isin(y, (MANY, FEW))]), y[np.isin(y, (MANY, FEW))])
        for X, y in ((data.X_train, data.y_train), (data.X_test, data.y_test))
    )
    found = {way: np.array([recalls(way, seed, train, test) for seed in SEEDS]) for way in WAYS}
    plain = found["as it is"].mean(axis=1)
    print(f"{'':20} balanced accuracy   gain              frequent  rare    accuracy at 1:99")
    for way, shares in found.items():
        mean, half = interval(shares.mean(axis=1))
        gain, around = interval(shares.mean(axis=1) - plain)
        often, seldom = shares.mean(axis=0)
        accuracy = 0.99 * often + 0.01 * seldom
        print(
            f"{way:20} {mean:.3f} +- {half:.3f}      {gain:+.3f} +- {around:.3f}   {often:.3f}     {seldom:.3f}   "
            f"{accuracy:.3f}"
        )


if __name__ == "__main__":
    main()
