"""A fit in small, before its first epoch: what the user brought is tried where it will be used, on copies of it.

Two steps are made, one more on the fewest rows that a step will have, an average, a prediction of one row; what will be
saved is saved and read again. So whatever of the user's fails fails here, and not after the last epoch.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from foveal.core.device import running_threads
from foveal.core.errors import ModelFileError, ParameterError
from foveal.core.files import write_atomically
from foveal.core.randomness import borrowed_generator, derive
from foveal.core.shares import part_bounds
from foveal.data.batches import Batch, Batches, rows_between
from foveal.fitted.blame import brought, explaining
from foveal.fitted.foreign import check_outputs
from foveal.train import Config, Task, TrainState
from foveal.train.checkpoint import encode_state, read_saved, restore
from foveal.train.contents import put_back, snapshot
from foveal.train.optim.average import update_average
from foveal.train.processes.distributed import ALONE
from foveal.train.state import copied, copied_with
from foveal.train.step import penalised_weights, train_step

#: Rows of a step at most: what goes wrong with a hundred goes wrong with four.
ROWS = 4


def rehearse(
    p: Mapping[str, Any],
    state: TrainState,
    batches: Batches,
    task: Task,
    config: Config,
    n_outputs: int,
    *,
    each_place: bool = False,
    saves: bool = False,
) -> None:
    """Rehearse a run in which something is the user's; raise `ParameterError`, in one line, for what fails.

    The state stays as it is; generators are borrowed.
    """
    own = brought(p)
    if not own:
        return
    config = replace(config, accumulate=1, processes=ALONE, capture=False, kernels=False)
    with running_threads(state.threads), borrowed_generator(derive(state.seed, "rehearsal"), batches.device):
        with explaining(own[0], p, "being copied for a trial", state.net):
            tried, loss = copied_with(state, None if state.loss is None else task.loss)
        task = replace(task, loss=loss or task.loss)
        sizes = _sizes(batches, p["accumulate"])
        with explaining(own[0], p, "a trial on the first batch"):
            first = batches.trial(sizes[0])
        for step, rows in enumerate(sizes):
            with explaining(own[0], p, f"a training step on {rows} row{'s' * (rows != 1)}", tried.net):
                batch = rows_between(first, 0, rows)
                if step == 0 and own[0] in ("net", "activation"):
                    _check_outputs(own[0], tried, batch, task, config, n_outputs, each_place=each_place)
                train_step(tried, batch, task, config, penalised_weights(tried.net))
        with explaining(own[0], p, "keeping what an epoch has left", tried.net):
            _after_step(tried, config)
        if saves:
            with explaining(own[0], p, "a checkpoint that is written and read again", tried.net):
                _save(tried, copied(state), len(batches))


def _sizes(batches: Batches, accumulate: int) -> Sequence[int]:
    """Choose the rows of the steps to try: twice some, and the fewest that a part of a batch has."""
    parts = {b - a for start, stop in batches.bounds() for a, b in part_bounds(stop - start, accumulate)}
    most, least = min(ROWS, max(parts)), min(parts)
    return (most, most) if least >= most or batches.share.world > 1 else (most, most, least)


def _check_outputs(
    name: str, tried: TrainState, batch: Batch, task: Task, config: Config, n_outputs: int, *, each_place: bool
) -> None:
    """Hold the outputs in training against what they should be; people write other branches for training."""
    tried.net.train()
    with torch.autocast(batch.x[0].device.type, config.autocast, enabled=config.autocast is not None):
        out = task.run(tried.net, batch) if task.run else tried.net(*batch.x)
    check_outputs(out, batch.x[0].shape, n_outputs, name, " in training", each_place=each_place)
    if out.isnan().any():
        raise ParameterError(
            f"{name} gives NaN for the first rows of X, before any training; look in its forward for a division by "
            "zero, a logarithm or a root of what can be negative"
        )
    if not out.requires_grad:
        raise ParameterError(
            f"{name} gives outputs without a gradient in training; compute them with torch from its weights, without "
            "detach(), no_grad or NumPy"
        )


def _after_step(tried: TrainState, config: Config) -> None:
    """Do what is done after steps and epochs: average, copy, put back."""
    if tried.average is not None:
        update_average(tried.average, tried.net, config.ema_decay or 0.0, 1)
    for part in tried.holders.values():
        put_back(part, snapshot(part))


def _save(tried: TrainState, fresh: TrainState, steps: int) -> None:
    """Write a checkpoint, read it again, and put a new state where it says."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trial.safetensors"
        nobody = {"foveal": "", "estimator": "", "parameters": {}, "rows": 0, "data": ""}
        write_atomically(path, encode_state(tried, nobody))
        try:
            restore(fresh, read_saved(path), steps)
        except ModelFileError as error:
            cause = str(error.__cause__ or error)
            raise ParameterError(
                f"checkpoint: a run could not go on from one ({cause}); use checkpoint=None"
            ) from error
