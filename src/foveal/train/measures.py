"""Measures of a whole validation: what is kept of each batch, and the number that all of it makes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from foveal.data.batches import Batch
from foveal.train import metrics
from foveal.train.processes.distributed import Processes


@dataclass(frozen=True)
class Measure:
    """One number that says how good a network is: exact over all rows of a validation, whatever their batches.

    `tally(outputs, *targets, weight=)` gives what counts of a batch: sums, which are added up over batches and
    processes, or, where `every` row has to be seen beside all others, a table with a line for each row, which are laid
    one below the other and gathered from the processes. A table takes rows times its columns of memory. `value` makes
    the number of all of it; NaN is never the best. `less` says that less is better, `by_class` that it is a mean over
    those classes that there are, `tells` of targets and weights whether it can tell networks apart.
    """

    name: str
    tally: Callable[..., Tensor]
    value: Callable[[Tensor], float]
    every: bool = False
    less: bool = False
    by_class: bool = False
    tells: Callable[[Tensor, Tensor | None], bool] = metrics.more_than_one


class Collected:
    """What the batches of one validation leave for some measures; measures of the same tally share it."""

    def __init__(self, measures: Sequence[Measure]) -> None:
        self.measures = measures
        self.tallies = {measure.tally: measure.every for measure in measures}
        self.found: dict[Callable[..., Tensor], list[Tensor]] = {tally: [] for tally in self.tallies}

    def add(self, out: Tensor, batch: Batch) -> None:
        """Keep what counts of a batch; the outputs may be overwritten afterwards."""
        for tally, every in self.tallies.items():
            found, new = self.found[tally], tally(out, *batch.y, weight=batch.weight)
            self.found[tally] = [*found, new] if every or not found else [found[0] + new]

    def values(self, processes: Processes) -> dict[str, float]:
        """Give each measure's number, the same in all processes."""
        whole = {tally: self._whole(tally, processes) for tally in self.tallies}
        return {measure.name: measure.value(whole[measure.tally]) for measure in self.measures}

    def _whole(self, tally: Callable[..., Tensor], processes: Processes) -> Tensor:
        found = self.found.pop(tally)
        if self.tallies[tally]:
            return processes.gathered(torch.cat(found)).cpu()
        processes.add(found[0])
        return found[0].cpu()
