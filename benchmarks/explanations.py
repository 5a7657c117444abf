"""Explanations held against what is known: planted markers and words, random weights, deletion, seconds.

python -m benchmarks.explanations                 # all of it, some minutes on one core
python -m benchmarks.explanations --seeds 0 --rows 16 --only pictures

Pictures are 28 x 28 of noise (mean 110, deviation 30), each with a marker of 8 x 8 stripes, across or upright,
anywhere; the stripes decide the class and nothing else does. Of a map's places the 64 largest are taken, as many as the
marker has, and it is counted how many lie on it; of places drawn by lot 8.2 % would. Two networks: the plain stack,
whose dense layers read a map of 7 x 7 places, each by weights of its own, and three convolutions whose last map, of
14 x 14 places, is averaged. Both find every marker's class.

Random weights: the same network before it has learnt anything; where a map hardly changes it has shown the picture, not
the network (Adebayo et al. 2018). "ranks" is the rank correlation of both maps, mean over the pictures, "absolute" that
of their absolute values.

Deletion: the mean probability of the class while places are covered in the order of the map, beside a random order.

Words: sentences of 20 words out of 500, of which two are of the three that each class has. How many of the two words
with the largest values are those. The network is one with filters of three widths, as Kim 2014.

Windows of occlusion and the rule for the layer were chosen on pictures drawn from other seeds.
"""

import argparse
import hashlib
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn

from foveal import CNNClassifier
from foveal.core.forms import Part
from foveal.explain import METHODS, deletion_curve, grad_cam, saliency

SIZE, SIDE, TRAINED, TESTED = 28, 8, 1500, 24
LENGTH, VOCABULARY, SIGNS, PLANTED = 20, 500, 3, 2
Map = Callable[[nn.Module, Any, Tensor], Tensor]


def pictures(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw pictures with a marker, their classes, and where the marker is."""
    rng = np.random.default_rng(seed)
    X, y, marker = rng.normal(110, 30, (n, SIZE, SIZE)), np.arange(n) % 2, np.zeros((n, SIZE, SIZE), bool)
    stripes = np.where(np.arange(SIDE) % 2, 230, 20)
    for row in range(n):
        top, left = rng.integers(0, SIZE - SIDE + 1, 2)
        place = row, slice(top, top + SIDE), slice(left, left + SIDE)
        X[place], marker[place] = stripes[:, None] if y[row] else stripes[None, :], True
    return np.clip(X, 0, 255).astype(np.uint8), y, marker


def mean_pooled(shape: Sequence[int], outputs: int) -> nn.Module:
    """Three convolutions whose last map is averaged."""
    layers: list[nn.Module] = []
    for before, after in ((shape[0], 16), (16, 16), (16, 32)):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers[:6], nn.MaxPool2d(2), *layers[6:], nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(32, outputs))  # fmt: skip


NETS: dict[str, Any] = {"plain stack": None, "mean pooling": mean_pooled}


def averaged(net: nn.Module, x: Any, target: Tensor) -> Tensor:
    """Saliency, each place with the mean of the 3 x 3 around it."""
    return nn.functional.avg_pool2d(saliency(net, x, target)[:, None], 3, 1, 1)[:, 0]


def maps_of(name: str) -> dict[str, Map]:
    """List what is measured: every method, and what makes one better."""
    found: dict[str, Map] = {method: value.function for method, value in METHODS.items()}
    earlier = partial(grad_cam, layer="conv1" if name == "plain stack" else "body.5")
    return found | {
        f"grad_cam of {earlier.keywords['layer']}": earlier,
        "saliency, 3 x 3 means": averaged,
    }


def on_marker(map: np.ndarray, marker: np.ndarray) -> float:
    """Give the share of a map's largest places, as many as are marked, that are marked; the mean over rows."""
    shares = []
    for each, there in zip(map.reshape(len(map), -1), marker.reshape(len(map), -1), strict=True):
        shares.append(there[np.argsort(-each, kind="stable")[: there.sum()]].mean())
    return float(np.mean(shares))


def measured_pictures(seed: int, rows: int) -> list[dict[str, Any]]:
    """Train both networks, and measure every map."""
    X, y, _ = pictures(TRAINED, 100 + seed)
    T, classes, marker = pictures(rows, 200 + seed)
    x, target = torch.from_numpy(T)[:, None], torch.from_numpy(classes)
    order = torch.rand(marker.shape, generator=torch.Generator().manual_seed(seed))
    found = []
    for name, net in NETS.items():
        model = CNNClassifier(net=net, n_epochs=5, random_state=seed).fit(X, y)
        blank = CNNClassifier(net=net, n_epochs=1, learning_rate=1e-9, random_state=1000 + seed).fit(X, y)
        random = float(deletion_curve(model.net_, x, order, target)[1].mean())
        for method, function in maps_of(name).items():
            began = time.perf_counter()
            map = function(model.net_, x, target)
            seconds = (time.perf_counter() - began) / rows
            other = function(blank.net_, x, target)
            ranks, absolute = (
                [spearmanr(a, b).statistic for a, b in zip(one, two, strict=True) if a.any() and b.any()]
                for one, two in ((map.flatten(1), other.flatten(1)), (map.flatten(1).abs(), other.flatten(1).abs()))
            )
            found.append({
                "net": name, "method": method, "accuracy": model.score(T, classes),
                "marker": on_marker(map.numpy(), marker), "ranks": np.mean(ranks), "absolute": np.mean(absolute),
                "deletion": float(deletion_curve(model.net_, x, map, target)[1].mean()), "random": random,
                "ms": 1000 * seconds,
            })  # fmt: skip
            print(".", end="", flush=True)
    return found


class Sentences:
    """Tokens (T,) of one length with a mask, as a source."""

    form = Part("tokens", (None,), "int64", LENGTH, 3 + VOCABULARY), Part("mask", (None,), "bool", LENGTH)
    in_memory = True

    def __init__(self, tokens: np.ndarray) -> None:
        self.tokens, self.lengths = tokens, np.full(len(tokens), tokens.shape[1])

    def __len__(self) -> int:
        return len(self.tokens)

    def read(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read rows."""
        return self.tokens[rows], np.ones((len(rows), self.tokens.shape[1]), bool)

    def chosen(self, rows: np.ndarray) -> "Sentences":
        """Give some of them."""
        return Sentences(self.tokens[rows])

    def statistics(self, rows: np.ndarray, dtype: Any) -> None:
        """Tokens are not scaled."""

    def digest(self) -> bytes:
        """Hash the tokens."""
        return hashlib.sha256(self.tokens.tobytes()).digest()


class Widths(nn.Module):
    """Filters of three widths along the vectors of tokens, the strongest answer of each, one dense layer."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(3 + VOCABULARY, 32, padding_idx=0)
        self.convs = nn.ModuleList(nn.Conv1d(32, 32, width, padding=width // 2) for width in (3, 4, 5))
        self.head = nn.Sequential(nn.Dropout(0.5), nn.Linear(96, outputs))

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Give the outputs."""
        x = (self.embedding(tokens) * mask[..., None]).mT
        answers: Tensor = self.head(torch.cat([torch.relu(conv(x)).amax(2) for conv in self.convs], 1))
        return answers


def sentences(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw sentences with two words of their class, the classes, and where these words stand."""
    rng = np.random.default_rng(seed)
    tokens, y, there = (
        rng.integers(3 + 2 * SIGNS, 3 + VOCABULARY, (n, LENGTH)),
        np.arange(n) % 2,
        np.zeros((n, LENGTH), bool),
    )
    for row in range(n):
        at = rng.choice(LENGTH, PLANTED, replace=False)
        tokens[row, at], there[row, at] = 3 + SIGNS * y[row] + rng.integers(0, SIGNS, PLANTED), True
    return tokens, y, there


def measured_words(seed: int, rows: int) -> list[dict[str, Any]]:
    """Train on sentences, and measure every method."""
    tokens, y, _ = sentences(3000, 100 + seed)
    tested, classes, there = sentences(rows, 200 + seed)
    net = lambda form, outputs: Widths(outputs)  # noqa: E731
    model = CNNClassifier(net=net, n_epochs=8, learning_rate=0.005, random_state=seed).fit(Sentences(tokens), y)
    accuracy, found = model.score(Sentences(tested), classes), []
    for method in METHODS:
        began = time.perf_counter()
        map = np.stack(model.explain(Sentences(tested), method, list(classes)))
        seconds = (time.perf_counter() - began) / rows
        found.append({"net": "three widths", "method": method, "accuracy": accuracy,
                      "words": on_marker(map, there), "ms": 1000 * seconds})  # fmt: skip
    return found


def show(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    """Print the mean over seeds, and the least and the largest, of each network and method."""
    print("\n" + f"{'net':14}{'method':26}" + "".join(f"{name:>24}" for name in columns))
    for net, method in dict.fromkeys((row["net"], row["method"]) for row in rows):
        cells = []
        for column in columns:
            values = [row[column] for row in rows if (row["net"], row["method"]) == (net, method)]
            cells.append(f"{np.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})")
        print(f"{net:14}{method:26}" + "".join(f"{cell:>24}" for cell in cells))


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--rows", type=int, default=TESTED)
    parser.add_argument("--only", choices=("pictures", "words"))
    asked = parser.parse_args()
    if asked.only != "words":
        rows = []
        for seed in asked.seeds:
            rows += measured_pictures(seed, asked.rows)
            print(f"\nup to seed {seed}, {asked.rows} pictures each; chance on it: {SIDE * SIDE / SIZE / SIZE:.3f}")
            show(rows, ("accuracy", "marker", "ranks", "absolute", "deletion", "random", "ms"))
    if asked.only != "pictures":
        show([row for seed in asked.seeds for row in measured_words(seed, asked.rows)], ("accuracy", "words", "ms"))
        print(f"chance of words: {PLANTED / LENGTH:.3f}")


if __name__ == "__main__":
    main()
