"""A training state as bytes and back: what is written is all that the rest of the run depends on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from foveal.core.errors import ModelFileError, NewerFileError, ParameterError
from foveal.core.headers import Header, description_of, read_header
from foveal.core.rules import Rule, count, number
from foveal.core.schema import ANYTHING, REAL, TABLE, TEXT, Schema, match, within
from foveal.core.tensor_files import each_tensor, encode, read_tensors, signature, unsavable
from foveal.train.contents import contents, empty_buffers, put_back
from foveal.train.optim.state import as_json, from_json, set_state, state_of
from foveal.train.report import COLUMNS, history_of, reports_of, scores_of
from foveal.train.state import Best, TrainState

KIND = "foveal-checkpoint"
VERSION = 2  # 1 had no named scores

#: Scores by name.
NAMED = Rule("named numbers", lambda v: isinstance(v, dict) and all(type(n) in (int, float) for n in v.values()))

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
        "scores": [[NAMED]],  # of each epoch's training and validation, by name
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


def encode_state(state: TrainState, run: dict[str, Any]) -> list[bytes | memoryview]:
    """Make the parts of a checkpoint of a run, which are the state's own memory; raises what `gathered` raises."""
    tensors, optimizer = gathered(state)
    best = {"score": state.best.score, "epoch": state.best.epoch}
    numbers = {name: getattr(state, name) for name in _NUMBERS}
    description = {
        "version": VERSION,
        "torch": str(torch.__version__),
        "run": run,
        "state": {**numbers, "best": best, "history": history_of(state.history), "scores": scores_of(state.history)},
        "optimizer": optimizer,
    }
    return encode(KIND, description, tensors)


def gathered(state: TrainState) -> tuple[dict[str, Tensor], Any]:
    """Gather the tensors of a checkpoint, and the optimizer's state as JSON, without copying anything.

    Raises `ParameterError` if the network or a user's optimizer keeps what no file can hold.
    """
    tensors = {"sums": state.sums}
    for part, values in _parts(state).items():
        tensors |= {f"{part}.{name}": value for name, value in values.items()}
    optimizer = as_json(state_of(state.optimizer), "optimizer", tensors)
    if odd := unsavable(tensors):
        raise ParameterError(
            f"checkpoint: {odd}, and a file holds dense tensors of real numbers, whole ones or complex64 only; keep it "
            "as one of those, or use checkpoint=None"
        )
    return tensors, optimizer


def read_saved(path: Path) -> Saved:
    """Read a checkpoint, check its description against the schema and its content against its hash.

    Raises `ModelFileError`; `NewerFileError` if a newer foveal wrote it.
    """
    header, description = _described(path)
    tensors = read_tensors(path, header)
    return Saved(
        path, description["torch"], description["run"], description["state"], description["optimizer"], tensors
    )


def check_saved(path: Path) -> None:
    """Read a checkpoint through, a tensor at a time, and keep nothing; raises what `read_saved` raises."""
    header, _ = _described(path)
    for _ in each_tensor(path, header):
        pass


def _described(path: Path) -> tuple[Header, dict[str, Any]]:
    header = read_header(path)
    description = description_of(header, KIND, path)
    version = description.get("version")
    if type(version) is int and version > VERSION:
        raise NewerFileError(
            f"{path} was written in format {str(version)[:20]} by a newer foveal: this one reads format {VERSION}; "
            "install it: pip install -U foveal"
        )
    try:
        if version == 1:
            description = upgrade_1_to_2(description)
        match(description, SCHEMA)
    except (ValueError, LookupError, TypeError) as error:
        raise ModelFileError(f"{path} is not a foveal checkpoint: {error}") from error
    return header, description


def upgrade_1_to_2(old: dict[str, Any]) -> dict[str, Any]:
    """Raise the description of a checkpoint without named scores."""
    state = dict(old["state"])
    return {**old, "version": 2, "state": {**state, "scores": [[{}, {}] for _ in state["history"]["epoch"]]}}


def restore(state: TrainState, saved: Saved, steps: int) -> None:
    """Put a state, made as for a new run of `steps` an epoch, where the saved one stood.

    Raises `ModelFileError` if the checkpoint is of another network or optimizer.
    """
    numbers = {name: saved.state[name] for name in _NUMBERS}
    best = saved.state["best"]
    try:
        _check_place(saved.state, steps)
        state.sums = saved.tensors["sums"].to(next(state.net.parameters()).device)
        for part, net in state.holders.items():
            put_back(net, _kept(part, net, saved.tensors))
        if best["epoch"]:
            kept = _kept("best", state.result, saved.tensors)
            state.best = Best(best["score"], best["epoch"], {n: t.to(state.sums.device) for n, t in kept.items()})
        set_state(state.optimizer, from_json(saved.optimizer, saved.tensors))
        state.history = reports_of(saved.state["history"], saved.state["scores"])
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise ModelFileError(f"{saved.path} is a checkpoint of another network or optimizer ({error})") from error
    for name, value in numbers.items():
        setattr(state, name, value)


def _check_place(numbers: dict[str, Any], steps: int) -> None:
    """Refuse a place in the run at which no run ever stood: training from there might not end."""
    epoch, position = numbers["epoch"], numbers["position"]
    if position > steps or numbers["step"] != epoch * steps + position or numbers["best"]["epoch"] > epoch:
        raise ValueError(f"a run of {steps} steps an epoch was never in epoch {epoch + 1} after step {position}")
    if numbers["history"]["epoch"] != list(range(1, epoch + 1)):
        raise ValueError(f"the history is not that of {epoch} epochs")


def _parts(state: TrainState) -> dict[str, dict[str, Any]]:
    """Give what each network of a state holds, and what the best one held."""
    best = {"best": state.best.weights} if state.best.weights else {}
    return {part: contents(net) for part, net in state.holders.items()} | best


def _kept(part: str, net: nn.Module, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Pick the tensors of a part, held against the network they are for; a user's buffers may change their size."""
    kept = {name.removeprefix(f"{part}."): t for name, t in tensors.items() if name.startswith(f"{part}.")}
    weights = dict(net.named_parameters(remove_duplicate=False))
    if signature({name: kept[name] for name in weights}) != signature(weights):
        raise ValueError(f"the weights in {part} have other shapes")
    if odd := kept.keys() - contents(net).keys() - empty_buffers(net):
        raise ValueError(f"{part} has {min(odd)}, which the network has not")
    return kept
