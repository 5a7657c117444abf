"""C4: seconds to 91.5, 92, 93 and 94 % test accuracy on Fashion-MNIST with the frozen settings.

    python -m benchmarks.open_division.time_to_accuracy benchmarks/results/RUN [--marks 91.5 92] [--seeds 10]

The test set is used once for each seed, after the last epoch.
"""

import argparse
from pathlib import Path

from benchmarks.open_division.runs import append, measured
from benchmarks.open_division.settings import SETTINGS
from foveal import CNNClassifier
from foveal.data.named import load_dataset


def main() -> None:
    """Run the marks and seeds named on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--marks", nargs="+", choices=list(SETTINGS), default=list(SETTINGS))
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    args = parser.parse_args()
    data = load_dataset("fashion-mnist")
    assert data.X_test is not None
    assert data.y_test is not None
    train, test = (data.X_train, data.y_train), (data.X_test, data.y_test)
    for mark in args.marks:
        for seed in range(args.first, args.seeds):
            model = CNNClassifier.from_recipe("fast", **SETTINGS[mark], random_state=seed)
            append(args.folder / "marks.csv", {"mark": mark, "seed": seed} | measured(model, train, test))


if __name__ == "__main__":
    main()
