"""The accuracy on Fashion-MNIST's test set with compiled kernels and with PyTorch's, over seeds.

    python -m benchmarks.same_accuracy [--seeds 5] [--epochs 3]

The plain stack at its defaults, all 60,000 rows. Weights at the start, batches and dropout masks are the same with one
seed, so the pairs differ by rounding alone, which training makes much of.
"""

import argparse
from math import sqrt
from statistics import mean, stdev

import numpy as np

from foveal import CNNClassifier
from foveal.data.named import load_dataset


def accuracy(kernels: str, seed: int, epochs: int) -> float:
    """Train once and score the test set."""
    data = load_dataset("fashion-mnist")
    model = CNNClassifier(n_epochs=epochs, random_state=seed, kernels=kernels).fit(data.X_train, data.y_train)
    return float(np.mean(model.predict(data.X_test) == data.y_test))


def main() -> None:
    """Train with both for every seed, and print what they reach."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=3)
    args = parser.parse_args()
    reached: dict[str, list[float]] = {"auto": [], "off": []}
    for seed in range(args.seeds):
        for kernels, found in reached.items():
            found.append(accuracy(kernels, seed, args.epochs))
            print(f"seed {seed}, kernels {kernels}: {found[-1]:.4f}", flush=True)
    differences = [a - b for a, b in zip(*reached.values(), strict=True)]
    for kernels, found in reached.items():
        print(f"kernels {kernels}: {mean(found):.4f} +- {stdev(found):.4f} between {args.seeds} seeds")
    error = stdev(differences) / sqrt(args.seeds)
    print(f"difference: {mean(differences):+.4f} +- {error:.4f} (standard error of the pairs' mean)")


if __name__ == "__main__":
    main()
