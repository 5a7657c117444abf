"""What each piece of fast inference is worth: `predict_proba` without it, over `predict_proba` with it, interleaved.

    python -m benchmarks.inference_ablation [--rounds 300] [--rows 1 256]

Above 1 the piece pays. The first columns ask `net_` itself, as a user of PyTorch would, and take out all pieces at
once. All of these are ways of PyTorch's kernels (kernels="off"); the last column answers on foveal's compiled ones.
"""

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import perf_counter
from typing import Any
from unittest.mock import patch

import numpy as np
import torch

from benchmarks.peers.foveal import make
from benchmarks.workloads import DEEP, DEFAULTS, PLAIN, Net, Workload
from foveal.data.arrays import check_inputs
from foveal.data.source import Source
from foveal.estimators.predictor import Predictor
from foveal.fitted import computing, predict
from foveal.fitted import model as fitted_model
from foveal.layers import frozen
from foveal.train.evaluate import rows_at_once

KERNELS = "compiled kernels"
NETS = {"C2": PLAIN, "C3": DEFAULTS, "C5": DEEP}
ROWS = (1, 256)


def _checked_by_scikit_learn(estimator: Any, X: np.ndarray) -> Source:
    fitted = estimator.fitted_
    return predict.rows_of(fitted, check_inputs(estimator, X, fitted=(fitted.layout, fitted.input_shape)))


class _AsModules(frozen.Frozen):
    """The network as it stands."""

    def __init__(self, net: Any, dtype: Any = None, *, fold: bool = True) -> None:
        self.places, self.steps = 1, [frozen.Step(net, (0,), 0)]
        self.fused = self.steps


@contextmanager
def _as_modules(net: Any, *, fold: bool, calls: Any = None) -> Iterator[_AsModules]:
    yield _AsModules(net)


#: What is put in a piece's place.
PIECES: dict[str, tuple[Any, str, Any]] = {
    "batch norm folded": (fitted_model, "FOLD_FROM", 10**9),
    "functions, not modules": (computing, "frozen_for", _as_modules),
    "a quick check of arrays": (Predictor, "_rows", _checked_by_scikit_learn),
    "rows by the largest map": (predict, "rows_at_once", lambda row, largest, device: rows_at_once(row)),
    "threads by the rows": (predict, "threads_for", lambda work, device: torch.get_num_threads()),
}


@contextmanager
def without(names: list[str]) -> Iterator[None]:
    """Take pieces out for a while."""
    with ExitStack() as stack:
        for name in names:
            home, what, instead = PIECES[name]
            stack.enter_context(patch.object(home, what, instead))
        yield


def variants(model: Any) -> dict[str, Callable[[np.ndarray], float]]:
    """Give the ways to answer; each returns the seconds it took."""

    def ask_net(X: np.ndarray) -> float:
        began = perf_counter()
        with torch.inference_mode():
            model.net_(torch.from_numpy(X).movedim(-1, 1)).softmax(1).numpy()
        return perf_counter() - began

    def ask(names: list[str]) -> Callable[[np.ndarray], float]:
        def answer(X: np.ndarray) -> float:
            with without(names):
                began = perf_counter()
                model.predict_proba(X)
                return perf_counter() - began

        return answer

    def on_kernels(X: np.ndarray) -> float:
        with patch.dict(model.fitted_.settings, kernels="auto"):  # those of fit count, not those set since
            return ask([])(X)

    pieces = {name: ask([name]) for name in PIECES}
    return {"all": ask([]), "net_": ask_net, "none": ask(list(PIECES)), **pieces, KERNELS: on_kernels}


def measure(net: Net, n_rows: int, rounds: int) -> dict[str, float]:
    """Time the variants in turn; give the seconds of the first, and how many times as long the others took.

    Of each the fastest tenth counts: the machines are shared, and a neighbour's turn is longer than an answer.
    """
    channels, height, width = net.input_shape
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (512, height, width, channels), dtype=np.uint8)
    model = make(Workload("", "", net, "synthetic", 512, 64, epochs=1)).set_params(kernels="off")
    model.fit(X, np.arange(512) % 10)
    ways = variants(model)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name in rng.permutation(list(ways)):
            ways[name](X[:n_rows])  # so that the one before it leaves no mark on the caches
            seconds[name].append(ways[name](X[:n_rows]))
    fast = {name: float(np.quantile(taken, 0.1)) for name, taken in seconds.items()}
    return {"all": fast["all"]} | {name: took / fast["all"] for name, took in fast.items() if name != "all"}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--rows", type=int, nargs="+", default=ROWS)
    args = parser.parse_args()
    print(f"{torch.get_num_threads()} threads; ms, and how many times as long it takes without\n")
    print("| net | rows | " + " | ".join(["all ms", "net_", "without any", *PIECES, KERNELS]) + " |")
    print("| --- " * (len(PIECES) + 6) + "|")
    for name, net in NETS.items():
        for n_rows in args.rows:
            found = measure(net, n_rows, max(10, args.rounds if n_rows == 1 else args.rounds // 15))
            cells = [f"{found['all'] * 1e3:.3f}", *(f"{r:.2f}" for k, r in found.items() if k != "all")]
            print(f"| {name} | {n_rows} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
