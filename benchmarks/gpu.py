"""The GPU's workloads: G1, G3 and G5. Without a GPU it says so and measures nothing.

    python -m benchmarks.gpu [G1 G3 G5] [--repeats 10]

G1: Fashion-MNIST, seconds of a fit to 93, 94 and 95 % test accuracy, by the recipe "fast". The epochs are those of a
    ladder that is fixed beforehand; the first rung to reach an accuracy counts, and all rungs are printed.
G3: ResNet-18 with a 32-pixel stem, batch 512, images/s.
G5: the network of C2, batch 32 and 128, steps/s.

G3 and G5 are closed: the same network, Adam 1e-3, bfloat16 autocast and channels-last on every side, data resident on
the GPU. The peers are an eager loop and one whose step was captured in a CUDA graph by hand. They run in turn, each in
a new network, and a figure is that of the last of three epochs. G3's network is a user's to foveal, which captures only
steps that are all its own: a trial capture would not show a number that changes later.
"""

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import numpy as np
import torch

from benchmarks.by_hand import EPOCHS, Images, Net, by_hand
from benchmarks.machine import describe
from benchmarks.networks import torch_net
from benchmarks.peers.foveal import _plain
from benchmarks.resnet import resnet18
from benchmarks.workloads import PLAIN
from foveal import CNNClassifier
from foveal.data.named import load_dataset

LADDER, TARGETS = (3, 5, 8, 12, 20, 30, 45), (0.93, 0.94, 0.95)


def refusal() -> str | None:
    """Say why nothing can be measured here, or nothing."""
    return None if torch.cuda.is_available() else "G1, G3 and G5 need a CUDA GPU, and torch sees none: nothing measured"


def synthetic(shape: tuple[int, int, int], rows: int) -> Images:
    """Draw images (N, H, W, C) and labels."""
    rng = np.random.default_rng(0)
    channels, height, width = shape
    return rng.integers(0, 256, (rows, height, width, channels), dtype=np.uint8), rng.integers(0, 10, rows)


def by_foveal(parameters: dict[str, Any], data: Images, batch: int) -> float:
    """Train with the estimator; give images/s of the last epoch."""
    model = CNNClassifier(**parameters, batch_size=batch, n_epochs=EPOCHS, schedule="constant", valid_size=0,
                          layout="NHWC", random_state=0)  # fmt: skip
    return float(model.fit(*data).history_["images_per_second"][-1])


def sides(make: Net, parameters: dict[str, Any], data: Images, batch: int) -> dict[str, Callable[[], float]]:
    """Name who is measured; each gives images/s."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return {
        "foveal": lambda: by_foveal(parameters, data, batch),
        "eager": lambda: by_hand(make, data, batch, device, captured=False),
        "graph by hand": lambda: by_hand(make, data, batch, device, captured=True),
    }


def compare(make: Net, parameters: dict[str, Any], data: Images, batch: int, repeats: int) -> dict[str, list[float]]:
    """Measure all three in turn."""
    contestants = sides(make, parameters, data, batch)
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(repeats):
        for name, side in contestants.items():
            found[name].append(side())
    return found


def report(title: str, found: dict[str, list[float]], per: int) -> list[str]:
    """Write medians, and how many times faster foveal is, with the spread over the turns.

    >>> print(*report("G5, batch 2, steps/s", {"foveal": [8.0, 8.0], "eager": [2.0, 4.0]}, 2), sep="; ")
    G5, batch 2, steps/s; foveal 4; eager 1.5, foveal is faster by 3.00 (2.00 to 4.00)
    """
    lines = [title]
    for name, values in found.items():
        line = f"{name} {statistics.median(values) / per:,.5g}"
        if name != "foveal":
            ratios = [ours / theirs for ours, theirs in zip(found["foveal"], values, strict=True)]
            spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
            line += f", foveal is faster by {statistics.median(ratios):.2f} ({spread})"
        lines.append(line)
    return lines


def first_to_reach(runs: Sequence[tuple[int, float, float]], target: float) -> str:
    """Name the first of the runs (epochs, seconds, accuracy) that reached the target.

    >>> first_to_reach([(3, 2.0, 0.92), (5, 3.5, 0.941)], 0.93), first_to_reach([], 0.95)
    ('93 %: 3.50 s, 5 epochs, 94.10 %', '95 %: not reached')
    """
    for epochs, seconds, accuracy in runs:
        if accuracy >= target:
            return f"{target:.0%}".replace("%", " %") + f": {seconds:.2f} s, {epochs} epochs, {accuracy * 100:.2f} %"
    return f"{target:.0%}".replace("%", " %") + ": not reached"


def climb(
    train: Images, test: Images, ladder: Sequence[int], seed: int, **options: Any
) -> list[tuple[int, float, float]]:
    """Fit the recipe once a rung; give epochs, seconds of the fit and accuracy."""
    runs = []
    for epochs in ladder:
        model = CNNClassifier.from_recipe("fast", n_epochs=epochs, valid_size=0, random_state=seed, **options)
        began = perf_counter()
        model.fit(*train)
        runs.append((epochs, perf_counter() - began, float(model.score(*test))))
    return runs


def g1(repeats: int) -> list[str]:
    """Measure G1."""
    data = load_dataset("fashion-mnist")
    train, test = (data.X_train, data.y_train), (data.X_test, data.y_test)
    climb(train, test, LADDER[:1], seed=0)  # libraries are loaded by the first fit
    lines = ["G1, Fashion-MNIST, recipe fast"]
    for seed in range(repeats):
        runs = climb(train, test, LADDER, seed)
        lines += [f"seed {seed}: {first_to_reach(runs, target)}" for target in TARGETS]
        lines += [f"  {epochs} epochs {seconds:.2f} s {accuracy:.4f}" for epochs, seconds, accuracy in runs]
    return lines


def g3(repeats: int) -> list[str]:
    """Measure G3."""
    shape = (3, 32, 32)
    found = compare(lambda: resnet18(shape, 10), {"net": resnet18}, synthetic(shape, 25_600), 512, repeats)
    return report("G3, ResNet-18, batch 512, images/s", found, 1)


def g5(repeats: int) -> list[str]:
    """Measure G5."""
    lines, data = [], synthetic(PLAIN.input_shape, 38_400)
    for batch in (32, 128):
        found = compare(lambda: torch_net(PLAIN, tuned=True), _plain(PLAIN), data, batch, repeats)
        lines += report(f"G5, C2's network, batch {batch}, steps/s", found, batch)
    return lines


WORKLOADS = {"G1": g1, "G3": g3, "G5": g5}


def main() -> int:
    """Print the figures of the workloads named, all by default; 1 where there is no GPU."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ids", nargs="*", metavar="ID", help=f"of {', '.join(WORKLOADS)}")
    parser.add_argument("--repeats", type=int, default=10)
    args = parser.parse_args()
    if unknown := set(args.ids) - set(WORKLOADS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(WORKLOADS)}")
    if why := refusal():
        print(why, file=sys.stderr)
        return 1
    print(torch.cuda.get_device_name(), describe())
    for id_ in args.ids or WORKLOADS:
        print(*WORKLOADS[id_](args.repeats), sep="\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
