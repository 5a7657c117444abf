"""What an estimator does about its checkpoints: find the run's last one, save when it is due, stop when told to."""

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import torch

from foveal.core.checkpoints import write_checkpoint
from foveal.core.errors import DivergedError, ModelFileError, ResourceError
from foveal.core.parameters import PARAMETERS
from foveal.core.periods import Period, parse_period
from foveal.core.randomness import seed_of
from foveal.core.rules import check
from foveal.core.signals import Signals, noted_signals
from foveal.core.warn import warn_user
from foveal.fitting.agreement import check_same_weights, newest_for_all, seed_for_all
from foveal.fitting.identity import check_same
from foveal.train import TrainState
from foveal.train.checkpoint import Saved, check_saved, encode_state, gathered, restore
from foveal.train.processes.distributed import ALONE, Processes
from foveal.train.stopping import is_finite


class Keeper:
    """The checkpoints of one fit; without a folder it keeps nothing and asks for no pause.

    Of several processes each asks and rests at the same steps, and the first one alone uses the folder.
    """

    def __init__(
        self,
        folder: Path | None = None,
        every: Period | None = None,
        saved: Saved | None = None,
        processes: Processes = ALONE,
    ) -> None:
        self.folder, self.every, self.saved, self.processes = folder, every, saved, processes
        self.identity: dict[str, Any] = {}
        self.steps = 0  # of an epoch
        self.goes_on = saved is not None
        self.signals = Signals()
        self.proven = False  # whether a checkpoint of this run was read again
        self.last_step, self.last_time, self.last_place = 0, monotonic(), (0, 0)

    def seed(self, random_state: Any) -> int:
        """Give the seed of the run that goes on, else a new one."""
        seed = seed_of(random_state) if self.saved is None else int(self.saved.state["seed"])
        return seed_for_all(self.processes, seed)

    def by_column(self, new: bool | None) -> bool | None:
        """Tell whether columns are standardised one by one: as in the run that goes on, else as a new one has it."""
        mean = None if self.saved is None else self.saved.tensors.get("net.input.mean")
        return new if mean is None else mean.ndim > 1

    def begin(self, state: TrainState, identity: dict[str, Any], steps: int) -> None:
        """Begin the run, or put its state where the last checkpoint left it.

        Raises `ParameterError` or `DataError` if that is of another run, or the state holds what cannot be saved.
        """
        self.identity, self.steps = identity, steps
        if self.folder is not None:
            gathered(state)
        if self.saved is not None:
            saved = self.saved
            self.processes.from_first(lambda: check_same(saved, identity))
            restore(state, saved, steps)
            if saved.torch != str(torch.__version__):
                warn_user(
                    f"the run was saved under torch {saved.torch}, this is {torch.__version__}: it goes on, but "
                    "perhaps not to the same bits"
                )
            self.saved, self.last_place = None, _place(state)  # its tensors are the state's now
        self.last_step, self.last_time = state.step, monotonic()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note signals instead of obeying them, so that a step is finished and saved first."""
        if self.folder is None:
            yield
            return
        with noted_signals() as self.signals:
            yield

    def pause(self, state: TrainState) -> bool:
        """Ask for a pause: for a signal at once, for a save only within an epoch, whose end is a better moment."""
        return self.signals.number is not None or (state.position < self.steps and self._due(state))

    def rest(self, state: TrainState) -> None:
        """Save if it is time to, and do what a signal asks for."""
        number, due = self.processes.greatest(self.signals.number or 0, self._due(state))
        if number or due:
            self.save(state)
        if number:  # one that has come since, maybe to this process alone, is looked at after the next step
            self.signals.number = int(number)
            self.signals.raise_noted()

    def save(self, state: TrainState) -> None:
        """Write a checkpoint; one with values that are not finite is never written.

        Raises `DivergedError` instead, and `ResourceError` if the disk refuses: the one before is whole then.
        """
        if self.folder is None or self.last_place == _place(state):
            return
        if not is_finite(state):
            raise DivergedError(
                f"a weight is no longer finite after step {state.step}; use a smaller learning_rate, clip_norm=1.0, "
                "or look for extreme values in X and y"
            )
        check_same_weights(self.processes, state.net)
        self.processes.from_first(lambda: self._write(state))
        self.last_step, self.last_time, self.last_place = state.step, monotonic(), _place(state)

    def leave(self, state: TrainState) -> None:
        """Save where the caller leaves a run; of several processes, each of which may do so alone, the first."""
        if self.folder is not None and self.last_place != _place(state) and self.processes.rank == 0:
            if is_finite(state):
                self._write(state)
            self.last_place = _place(state)

    def _write(self, state: TrainState) -> bytes:
        assert self.folder is not None  # noqa: S101  (save has seen to it)
        path = write_checkpoint(self.folder, state.step, encode_state(state, self.identity))
        if not self.proven:  # a run relies on its checkpoints for hours: that they can be read is seen at the first
            try:
                check_saved(path)
            except ModelFileError as error:
                raise ResourceError(
                    f"checkpoint: {path} was written, but cannot be read: {error}; look to the disk, or use another "
                    "folder"
                ) from error
        self.proven = True
        return b""

    def _due(self, state: TrainState) -> bool:
        if self.every is None:
            return False
        steps, seconds = self.every
        if steps is not None:
            return state.step - self.last_step >= steps
        return monotonic() - self.last_time >= (seconds or math.inf)


@contextmanager
def keeping(checkpoint: Any, every: Any, processes: Processes = ALONE) -> Iterator[Keeper]:
    """Open the folder of checkpoints that a fit was given, and read the newest."""
    check("checkpoint", checkpoint, PARAMETERS["checkpoint"].rule)
    check("checkpoint_every", every, PARAMETERS["checkpoint_every"].rule)
    if checkpoint is None:
        yield Keeper(processes=processes)
        return
    folder = Path(checkpoint)
    with ExitStack() as opened:
        yield Keeper(folder, parse_period(every), newest_for_all(processes, folder, opened), processes)


def _place(state: TrainState) -> tuple[int, int]:
    return state.epoch, state.position
