"""A training state as bytes and back: what is written is all that the rest of the run depends on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from foveal.core.errors import ModelFileError, NewerFileError, ParameterError
from foveal.core.headers import Header, description_of, read_header
from foveal.core.rules import count, number
from foveal.core.schema import ANYTHING, REAL, TABLE, TEXT, Schema, match, within
from foveal.core.tensor_files import encode, read_tensors, signature
from foveal.train.optim.state import as_json, from_json, set_state, state_of
from foveal.train.report import COLUMNS, history_of, reports_of
from foveal.train.state import Best, TrainState

KIND = "foveal-checkpoint"
VERSION = 1

SCHEMA: Schema = {
    "version": within(1, VERSION),
    "torch": TEXT,
    # held against the run that goes on, entry by entry; nothing is built from it
    "run": {"foveal": TEXT, "estimator": TEXT, "parameters": TABLE, "rows": count(0), "data": TEXT},
    "state": {
        "seed": count(0),
        "threads": within(1, 2**12),
        **{name: count(0) for name in ("epoch", "position", "step", "plateau_stale", "stale")},
        **{name: number(0) for name in ("seconds", "plateau")},
        "plateau_score": REAL,
        "best": {"score": REAL, "epoch": count(0)},
        "history": {name: [REAL] for name in COLUMNS},
    },
    "optimizer": ANYTHING,  # a tree of numbers, checked where it is built
}

#: Fields of the state that are plain numbers, as they stand in it.
_NUMBERS = ("seed", "threads", "epoch", "position", "step", "seconds", "plateau", "plateau_score", "plateau_stale",
            "stale")  # fmt: skip


@dataclass(frozen=True)
class Saved:
    """A checkpoint in memory: whole, and its description as it should be; `run` says what it is a checkpoint of."""

    path: Path
    torch: str
    run: dict[str, Any]
    state: dict[str, Any]
    optimizer: Any
    tensors: dict[str, Tensor]


def encode_state(state: TrainState, run: dict[str, Any]) -> bytes:
    """Make the bytes of a checkpoint of a run.

    Raises `ParameterError` if the network or a user's optimizer keeps what no file can hold.
    """
    tensors = {"sums": state.sums}
    for part, values in _networks(state).items():
        tensors |= {f"{part}.{name}": value for name, value in values.items()}
    optimizer = as_json(state_of(state.optimizer), "optimizer", tensors)
    odd = next((name for name, value in tensors.items() if not isinstance(value, Tensor)), None)
    if odd is not None:
        raise ParameterError(f"checkpoint: {odd} is no tensor, and a file holds nothing else; use checkpoint=None")
    best = {"score": state.best.score, "epoch": state.best.epoch}
    numbers = {name: getattr(state, name) for name in _NUMBERS}
    description = {
        "version": VERSION,
        "torch": str(torch.__version__),
        "run": run,
        "state": {**numbers, "best": best, "history": history_of(state.history)},
        "optimizer": optimizer,
    }
    return encode(KIND, description, tensors)


def read_saved(path: Path) -> Saved:
    """Read a checkpoint, check its description against the schema and its content against its hash.

    Raises `ModelFileError`; `NewerFileError` if a newer foveal wrote it.
    """
    header: Header = read_header(path)
    description = description_of(header, KIND, path)
    version = description.get("version")
    if type(version) is int and version > VERSION:
        raise NewerFileError(
            f"{path} was written in format {str(version)[:20]} by a newer foveal: this one reads format {VERSION}; "
            "install it: pip install -U foveal"
        )
    try:
        match(description, SCHEMA)
    except ValueError as error:
        raise ModelFileError(f"{path} is not a foveal checkpoint: {error}") from error
    tensors = read_tensors(path, header)
    return Saved(
        path, description["torch"], description["run"], description["state"], description["optimizer"], tensors
    )


def restore(state: TrainState, saved: Saved, steps: int) -> None:
    """Put a state, made as for a new run of `steps` an epoch, where the saved one stood.

    Raises `ModelFileError` if the checkpoint is of another network or optimizer.
    """
    numbers = {name: saved.state[name] for name in _NUMBERS}
    best = saved.state["best"]
    try:
        _check_place(saved.state, steps)
        state.sums = saved.tensors["sums"].to(next(state.net.parameters()).device)
        if best["epoch"]:
            state.best = Best(best["score"], best["epoch"], dict(state.result.state_dict()))
        for part, values in _networks(state).items():
            _load(part, values, saved.tensors)
        if best["epoch"]:
            state.best.weights = {
                name: saved.tensors[f"best.{name}"].to(value.device) for name, value in state.best.weights.items()
            }
        set_state(state.optimizer, from_json(saved.optimizer, saved.tensors))
        state.history = reports_of(saved.state["history"])
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise ModelFileError(f"{saved.path} is a checkpoint of another network or optimizer ({error})") from error
    for name, value in numbers.items():
        setattr(state, name, value)


def _check_place(numbers: dict[str, Any], steps: int) -> None:
    """Refuse a place in the run at which no run ever stood: training from there might not end."""
    epoch, position = numbers["epoch"], numbers["position"]
    if position > steps or numbers["step"] != epoch * steps + position or numbers["best"]["epoch"] > epoch:
        raise ValueError(f"a run of {steps} steps an epoch was never in epoch {epoch + 1} behind step {position}")
    if numbers["history"]["epoch"] != list(range(1, epoch + 1)):
        raise ValueError(f"the history is not that of {epoch} epochs")


def _networks(state: TrainState) -> dict[str, dict[str, Tensor]]:
    """Give the tensors of each set of weights in a state."""
    average = {} if state.average is None else {"average": state.average.state_dict()}
    best = {"best": state.best.weights} if state.best.weights else {}
    return {"net": state.net.state_dict(), **average, **best}


def _load(part: str, values: dict[str, Tensor], tensors: dict[str, Tensor]) -> None:
    """Copy saved values into tensors where they lie; `best` only has its names and shapes held against them."""
    saved = {name: tensors[f"{part}.{name}"] for name in values}
    if signature(saved) != signature(values):
        raise ValueError(f"the weights in {part} have other shapes")
    if part != "best":
        for name, value in values.items():
            value.detach().copy_(saved[name])
