"""Estimators under settings of PyTorch's that are drawn: `python torch_state.py FIRST COUNT`, JSON at the end.

Each draw gives the settings, what differed in bits from the same work under PyTorch's own, and which of the settings
were not as before.
"""

import hashlib
import json
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils import _python_dispatch
from torch.utils._python_dispatch import TorchDispatchMode

from foveal import CNNClassifier, CNNRegressor, load
from foveal.core.device import running_threads

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(45, 8, 8)).astype(np.float32), np.arange(45) % 3
COMMON: dict[str, Any] = {"n_epochs": 2, "random_state": 0, "batch_size": 16}


class Own(nn.Module):
    """A network that makes tensors of its own, as the defaults say."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.out = nn.Conv2d(1, 4, 3), nn.Linear(144, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shift = torch.ones(1) * torch.full((), 0.1)
        return self.out((self.conv(x) + shift).relu().flatten(1))


def noisy(x: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    return x + 0.1 * torch.randn(x.shape, generator=rng)


def own_loss(out: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.cross_entropy(out, y, weight=torch.tensor([1.0, 2.0, 1.0]), reduction="none")


#: Made by the caller while nothing was set.
OWN = Own()

MODELS: dict[str, Callable[[], Any]] = {
    "kernels": lambda: CNNClassifier(**COMMON),
    "off": lambda: CNNClassifier(kernels="off", **COMMON),
    "mixed": lambda: CNNClassifier(
        in_channels_list=(None, 4, 4), do_pooling=False, activation="gelu", optimizer="muon", **COMMON
    ),
    "double": lambda: CNNClassifier(precision="float64", **COMMON),
    "values": lambda: CNNRegressor(clip_norm=1.0, ema_decay=0.9, **COMMON),
    "own": lambda: CNNClassifier(net=OWN, loss=own_loss, task="classification", augment=[noisy], **COMMON),
    "weighted": lambda: CNNClassifier(class_weight="balanced", optimizer="sgd", early_stopping=True, **COMMON),
}


class Stop(KeyboardInterrupt):
    """The run is broken off."""


class Breaking:
    """Breaks a run off at its fourth batch, once."""

    def __init__(self) -> None:
        self.left = 4

    def __call__(self, x: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
        self.left -= 1
        if not self.left:
            raise Stop
        return x


def bits(*arrays: Any) -> str:
    whole = b"".join(np.ascontiguousarray(t).tobytes() for t in arrays)
    return hashlib.sha256(whole).hexdigest()[:12]


def work(name: str, folder: Path) -> dict[str, Any]:
    """Fit, learn on, predict, save, load, and go on with a run that was broken off; everything as NumPy's arrays."""
    done: dict[str, Any] = {}

    def note(what: str, model: Any) -> None:
        done[f"{what}, answers"] = [model.predict(X[:n]) for n in (1, 8, 9, 45)] + [model.score(X, Y)]
        with _python_dispatch._disable_current_modes(), torch.inference_mode(False):
            done[f"{what}, weights"] = [t.detach().numpy() for t in model.net_.state_dict().values()]
        if hasattr(model, "predict_proba"):
            done[f"{what}, outputs"] = [model.predict_proba(X[:5]), model.decision_function(X)]
        done[f"{what}, grad"] = [all(p.requires_grad or p.grad is None for p in model.net_.parameters())]

    model = MODELS[name]().fit(X, Y)
    note("fit", model)
    done["summary"] = [str(model.summary())]
    if name != "own":
        model.save(folder / "model.safetensors")
        read = load(folder / "model.safetensors")
        note("read", read)
        note("read, learnt on", read.partial_fit(X[:30], Y[:30]))
    note("learnt on", model.partial_fit(X[:30], Y[:30]))
    if name != "own":
        broken = MODELS[name]().set_params(augment=[Breaking()], checkpoint=folder / "run", checkpoint_every=1)
        try:
            broken.fit(X, Y)
        except Stop:
            note("resumed", broken.fit(X, Y))
    return done


def written(done: dict[str, Any]) -> dict[str, str]:
    return {what: repr(v) if isinstance(v[0], str) else bits(*v) for what, v in done.items()}


class Functions(TorchFunctionMode):
    """Makes float64 of every factory's tensors."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in (torch.empty, torch.zeros, torch.ones, torch.tensor):
            kwargs = {"dtype": torch.float64} | (kwargs or {})
        return func(*args, **(kwargs or {}))


class Operators(TorchDispatchMode):
    """Turns every new float32 tensor into another one."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        return out + 1 if isinstance(out, torch.Tensor) and out.dtype == torch.float32 and out.ndim else out


def settings() -> dict[str, str]:
    """Read what a caller may have set."""
    new: list[int] = []
    thread = threading.Thread(target=lambda: new.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    found = {
        "dtype": torch.get_default_dtype(),
        "device": torch.get_default_device(),
        "autocast": [torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu")],
        "inference": torch.is_inference_mode_enabled(),
        "gradients": torch.is_grad_enabled(),
        "deterministic": [
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
        ],
        "anomalies": torch.is_anomaly_enabled(),
        "threads": torch.get_num_threads(),
        "threads of new threads": new,
        "modes": [torch._C._len_torch_function_stack(), torch._C._len_torch_dispatch_stack()],
        "generator": hashlib.sha256(bytes(torch.random.get_rng_state().numpy())).hexdigest()[:8],
    }
    return {name: str(value) for name, value in found.items()}


DRAWN: dict[str, list[Any]] = {
    "dtype": [None, "float64", "bfloat16", "float16"],
    "device": [None, "meta", "meta, within"],
    "autocast": [None, "bfloat16", "float16"],
    "inference": [False, False, True],
    "gradients": [None, "no_grad", "off"],
    "deterministic": [None, "strict", "warn"],
    "threads": [1, 2, 3],
    "new thread": [False, True],
    "beside": [None, "fits", "predicts"],
    "mode": [None, None, "functions", "operators"],
    "anomalies": [False, False, True],
    "model": list(MODELS),
}


@contextmanager
def under(drawn: dict[str, Any]) -> Iterator[None]:
    """Set what was drawn, as a caller does, and take it back."""
    torch.set_num_threads(drawn["threads"])
    if drawn["dtype"]:
        torch.set_default_dtype(getattr(torch, drawn["dtype"]))
    if drawn["deterministic"]:
        torch.use_deterministic_algorithms(True, warn_only=drawn["deterministic"] == "warn")
    try:
        with ExitStack() as held:
            if drawn["device"] == "meta":
                torch.set_default_device("meta")
                held.callback(torch.set_default_device, None)
            elif drawn["device"]:
                held.enter_context(torch.device("meta"))
            if drawn["autocast"]:
                held.enter_context(torch.autocast("cpu", dtype=getattr(torch, drawn["autocast"])))
            if drawn["gradients"]:
                held.enter_context(
                    torch.no_grad() if drawn["gradients"] == "no_grad" else torch.set_grad_enabled(False)
                )
            if drawn["inference"]:
                held.enter_context(torch.inference_mode())
            if drawn["anomalies"]:
                held.enter_context(torch.autograd.set_detect_anomaly(True))
            if drawn["mode"]:
                held.enter_context(Functions() if drawn["mode"] == "functions" else Operators())
            yield
    finally:
        torch.set_default_dtype(torch.float32)
        torch.use_deterministic_algorithms(False)


@contextmanager
def beside(what: str | None) -> Iterator[None]:
    """Let another thread fit or predict over and over, in part with the other number of threads."""
    if what is None:
        yield
        return
    over = threading.Event()
    fitted = CNNClassifier(**COMMON, kernels="off").fit(X, Y)

    def run() -> None:
        while not over.is_set():
            with running_threads(2):
                pass
            fitted.predict(X[:3]) if what == "predicts" else CNNClassifier(**COMMON, kernels="off").fit(X, Y)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def tried(drawn: dict[str, Any], expected: dict[str, str]) -> dict[str, Any]:
    """Work under the settings drawn; tell what was otherwise than under PyTorch's own."""
    found: dict[str, Any] = {}

    def run() -> None:
        with tempfile.TemporaryDirectory() as folder, under(drawn):
            with _python_dispatch._disable_current_modes():
                before = settings()
            with beside(drawn["beside"]):
                done = work(drawn["model"], Path(folder))
            with _python_dispatch._disable_current_modes():
                after = settings()
        found.update(done=written(done), before=before, after=after)

    thread = threading.Thread(target=run)
    thread.start() if drawn["new thread"] else run()
    if drawn["new thread"]:
        thread.join()
    if "done" not in found:
        return {"failed": True}
    differing = [what for what, value in found["done"].items() if expected.get(what) != value]
    left = [name for name, value in found["before"].items() if found["after"][name] != value]
    return {"differing": differing, "left": left, "missing": sorted(expected.keys() - found["done"].keys())}


def plain(name: str) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        return written(work(name, Path(folder)))


def main(first: int, count: int) -> None:
    """Try the draws from number `first` on."""
    expected: dict[str, dict[str, str]] = {}
    found = []
    for number in range(first, first + count):
        rng = np.random.default_rng(number)
        drawn = {name: values[rng.integers(len(values))] for name, values in DRAWN.items()}
        if drawn["model"] not in expected:
            expected[drawn["model"]] = plain(drawn["model"])
        print(number, drawn, file=sys.stderr, flush=True)
        found.append([number, drawn, tried(drawn, expected[drawn["model"]])])
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
