"""The measuring parts of `benchmarks.gpu_check`, one a process: `python -m benchmarks.gpu_parts G5`.

Prints a row as a line of JSON whenever there is more to say: of rows of one name the last counts. So a part that is
stopped has said what it had. A side that fails is told in its cell, its traceback on stderr; the others go on.
"""

import json
import statistics
import sys
import traceback
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

import numpy as np

Row = dict[str, str]
#: The columns: foveal, the same in eager PyTorch, and by a CUDA graph made by hand.
SIDES = ("foveal", "eager", "graph by hand")
REPEATS, ROWS, SINGLE = 3, 20_000, 200
LADDER, SEEDS = (3, 5, 8), 2


def emit(what: str, cells: Mapping[str, str]) -> None:
    """Print a row."""
    print(json.dumps({"what": what, **cells}), flush=True)


def cells_of(found: Mapping[str, list[float]], *, less_is_better: bool = False) -> dict[str, str]:
    """Write medians, and in brackets how many times better foveal is.

    >>> cells_of({"foveal": [8.0, 9.0], "eager": [2.0]})
    {'foveal': '8.5', 'eager': '2 (4.25)'}
    >>> cells_of({"foveal": [2.0], "eager": [3.0], "graph by hand": []}, less_is_better=True)
    {'foveal': '2', 'eager': '3 (1.50)'}
    """
    middle = {side: statistics.median(values) for side, values in found.items() if values}
    ours, cells = middle.get("foveal"), {}
    for side, value in middle.items():
        cells[side] = f"{value:,.5g}"
        if ours and value and side != "foveal":
            cells[side] += f" ({value / ours if less_is_better else ours / value:.2f})"
    return cells


class Turns:
    """Measures sides in turn, each with the most memory it took; a side that has failed is out."""

    def __init__(self, sides: Mapping[str, Callable[[], float]], title: str, per: int = 1) -> None:
        self.sides, self.title, self.per = sides, title, per
        self.speeds: dict[str, list[float]] = {side: [] for side in sides}
        self.peaks: dict[str, list[float]] = {side: [] for side in sides}
        self.failures: dict[str, str] = {}

    def take(self) -> None:
        """Measure each side once more, and print the rows."""
        import torch

        for side, work in self.sides.items():
            if side in self.failures:
                continue
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
                torch.cuda.reset_peak_memory_stats()
            try:
                self.speeds[side].append(work() / self.per)
                self.peaks[side].append(torch.cuda.max_memory_allocated() / 2**20)
            except (RuntimeError, ValueError, TypeError) as error:
                traceback.print_exc()
                self.failures[side] = f"failed: {type(error).__name__}: {str(error).partition(chr(10))[0][:120]}"
        emit(self.title, cells_of(self.speeds) | self.failures)
        emit(f"{self.title.rpartition(', ')[0]}, peak MiB", cells_of(self.peaks, less_is_better=True))


def g5() -> int:
    """Measure steps/s of C2's network."""
    from benchmarks import gpu
    from benchmarks.networks import torch_net
    from benchmarks.peers.foveal import _plain
    from benchmarks.workloads import PLAIN

    data = gpu.synthetic(PLAIN.input_shape, 38_400)
    return in_turn(
        Turns(gpu.sides(lambda: torch_net(PLAIN, tuned=True), _plain(PLAIN), data, batch),
              f"G5, C2's network, batch {batch}, steps/s", per=batch)
        for batch in (32, 128)
    )  # fmt: skip


def g3() -> int:
    """Measure images/s of ResNet-18, a network of the user's to foveal."""
    from benchmarks import gpu
    from benchmarks.resnet import resnet18

    shape = (3, 32, 32)
    sides = gpu.sides(lambda: resnet18(shape, 10), {"net": resnet18}, gpu.synthetic(shape, 25_600), 512)
    return in_turn([Turns(sides, "G3, ResNet-18, batch 512, images/s")])


def in_turn(all_turns: Any) -> int:
    """Take `REPEATS` turns of each; 1 if a side failed."""
    made = list(all_turns)
    for turns in made:
        for _ in range(REPEATS):
            turns.take()
    return int(any(turns.failures for turns in made))


def prediction() -> int:
    """Measure images/s of many rows, and the time of one."""
    import torch

    from benchmarks import gpu
    from benchmarks.by_hand import answering
    from benchmarks.networks import torch_net
    from benchmarks.peers.foveal import _plain
    from benchmarks.workloads import PLAIN
    from foveal import CNNClassifier

    X, y = gpu.synthetic(PLAIN.input_shape, ROWS)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = CNNClassifier(**_plain(PLAIN), n_epochs=1, valid_size=0, layout="NHWC", random_state=0).fit(
        X[:512], y[:512]
    )
    sides = {"foveal": model.predict_proba, "eager": answering(torch_net(PLAIN, tuned=True), device)}
    for answer in sides.values():
        answer(X[:1])
    code = in_turn([Turns({side: _rate(answer, X) for side, answer in sides.items()}, "prediction, images/s")])
    times = {side: [_seconds(answer, X[:1]) * 1e6 for _ in range(SINGLE)] for side, answer in sides.items()}
    emit("prediction, one row, microseconds (p50)", cells_of(times, less_is_better=True))
    slow = {side: [float(np.quantile(values, 0.99))] for side, values in times.items()}
    emit("prediction, one row, microseconds (p99)", cells_of(slow, less_is_better=True))
    return code


def _seconds(answer: Callable[[np.ndarray], Any], X: np.ndarray) -> float:
    began = perf_counter()
    answer(X)
    return perf_counter() - began


def _rate(answer: Callable[[np.ndarray], Any], X: np.ndarray) -> Callable[[], float]:
    def rate() -> float:
        answer(X)  # takes its memory, which `Turns` has taken from it
        return len(X) / _seconds(answer, X)

    return rate


def g1() -> int:
    """Measure seconds to an accuracy on Fashion-MNIST, where it is there."""
    from benchmarks import gpu
    from foveal.core.errors import ResourceError
    from foveal.data.named import load_dataset

    title = "G1, Fashion-MNIST, recipe fast"
    emit(title, {"foveal": "waits for the data set"})
    try:
        data = load_dataset("fashion-mnist")
    except ResourceError as error:
        print(error, file=sys.stderr)
        emit(title, {"foveal": "not measured: the data set is not here; FOVEAL_CACHE may name a folder that has it"})
        return 0
    train, test = (data.X_train, data.y_train), (data.X_test, data.y_test)
    gpu.climb(train, test, LADDER[:1], seed=0)  # libraries are loaded by the first fit
    emit(title, {"foveal": f"epochs {', '.join(map(str, LADDER))}"})
    for seed in range(SEEDS):
        runs = gpu.climb(train, test, LADDER, seed)
        told = [f"{epochs} epochs {seconds:.2f} s {accuracy:.4f}" for epochs, seconds, accuracy in runs]
        reached = [gpu.first_to_reach(runs, target) for target in gpu.TARGETS]
        emit(f"G1, seed {seed}", {"foveal": "; ".join(reached + told)})
    return 0


PARTS = {"G5": g5, "G3": g3, "prediction": prediction, "G1": g1}

if __name__ == "__main__":
    sys.exit(PARTS[sys.argv[1]]())
