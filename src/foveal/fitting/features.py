"""A frozen body is run once: its features are kept, and the head is trained on them."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from foveal.core.device import running_threads, threads_for
from foveal.core.forms import Form
from foveal.core.free_memory import memory_for, shown_size
from foveal.core.randomness import borrowed_generator
from foveal.data.batches import Batch, Batches
from foveal.data.store import Parts, Resident, Store
from foveal.fitted.model import cost_of
from foveal.layers.chain import chain_of
from foveal.layers.frozen import Frozen
from foveal.train import Config, Task, TrainState, outputs
from foveal.train.evaluate import rows_at_once

#: Rows of a batch in validation: features are small.
ROWS = 1024


class Tail:
    """Run the steps of a network above its frozen body on the body's features."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def __call__(self, net: nn.Module, batch: Batch) -> Tensor:
        """Give the network's outputs."""
        return self.run(net, batch.x)

    def run(self, net: nn.Module, features: Parts) -> Tensor:
        """Give the outputs for features."""
        x = features[0]
        for name in self.names:
            x = net.get_submodule(name)(x)
        return x


class OnFeatures(NamedTuple):
    """A training on features in place of rows: what the engine takes, and a sentence that says so."""

    task: Task
    batches: Batches
    valid: Batches | None
    said: str


def keep_features(
    p: dict[str, Any],
    state: TrainState,
    batches: Batches,
    valid: Batches | None,
    task: Task,
    config: Config,
    form: Form,
) -> OnFeatures | None:
    """Run the frozen body of a network over the rows, once; None where features would change, or do not fit.

    They change where rows are augmented, where the body rests for some epochs only, and where it is no row of steps.
    """
    rests = config.resting
    steps = dict(chain_of(state.net))
    if rests is None or rests.epochs is not None or p["augment"] or config.processes.world > 1:
        return None
    over = state.epoch >= config.n_epochs
    if over or task.run or len(form) > 1 or form[0].varies or not set(rests.trained) <= steps.keys():
        return None
    rests.apply(state.net, state.epoch)
    body = nn.Sequential(*(step for name, step in steps.items() if name not in rests.trained))
    cost, device = cost_of(state.net, form), batches.device
    rows = rows_at_once(1, cost.largest_map, device.type)
    threads = threads_for(cost.multiply_adds * rows, device)
    stores = [part.inputs for part in (batches, valid) if part is not None]
    total, kept = sum(map(len, stores)), list[Resident]()
    with running_threads(threads), borrowed_generator(0, device):
        for store in stores:
            blocks = torch.split(torch.arange(len(store), device=device), rows)
            room = {torch.device("cpu"), device} if not kept else ()  # for all rows, asked with the first ones
            features = _features(body, store, blocks, config, total, room)
            if features is None:
                return None
            kept.append(Resident.holding(features.to(device)))
    tail = Tail(rests.trained)
    on_valid = None if valid is None else replace(valid, inputs=kept[1], batch_size=ROWS)
    size = shown_size(sum(store.parts[0].nbytes for store in kept))
    said = f"freeze: the body was run once over {total:,} rows, and the head learns from its features, {size}"
    return OnFeatures(replace(task, run=tail), replace(batches, inputs=kept[0]), on_valid, said)


def _features(
    body: nn.Module,
    store: Store,
    indices: Sequence[Tensor],
    config: Config,
    total: int,
    room: Collection[torch.device],
) -> Tensor | None:
    r"""Give the features of all rows of a store, (N, \*S, C), as stores hold rows.

    None if one of the devices `room` has none for those of `total` rows.
    """
    first, kept = 0, torch.zeros(0)
    with closing(store.gathered(indices)) as gathered:
        for out in _run(body, gathered, config):
            laid = out.movedim(1, -1)
            if not first:
                needed = total * laid[0].nbytes
                if any(memory_for(needed, place) < needed for place in room):
                    return None
                kept = torch.empty((len(store), *laid.shape[1:]), dtype=laid.dtype)
            kept[first : first + len(laid)] = laid
            first += len(laid)
    return kept


def _run(body: nn.Module, blocks: Iterator[Parts], config: Config) -> Iterator[Tensor]:
    return outputs(Frozen(body), blocks, config.autocast)
