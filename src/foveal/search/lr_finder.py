"""A learning rate, found: it rises from step to step, and the loss tells where it is too small, right and too large."""

import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from foveal.core.errors import DataError, DivergedError, ParameterError
from foveal.core.rules import check, count, number, shown
from foveal.estimators.base import BaseCNN
from foveal.explain.figures import new_figure
from foveal.fitting.prepare import Job
from foveal.fitting.run import working
from foveal.train import train
from foveal.train.processes.distributed import joined
from foveal.train.state import TrainState

if TYPE_CHECKING:
    from foveal.explain.figures import Figure

#: Weight of what was before in the smoothed loss.
SMOOTHING = 0.9
#: A sweep ends where the smoothed loss is so many times its smallest one.
BLOWN_UP = 4.0
#: The rate suggested is the one of the smallest loss divided by this.
BELOW = 10.0


@dataclass(frozen=True)
class RateSweep:
    """What a sweep of the learning rate has seen: a rate, the loss and the smoothed loss of each step.

    suggestion : a tenth of the rate where the smoothed loss is smallest.
    steepest : the rate where it falls fastest, for one who wants a smaller one.
    ended : why it ended: "all rates were tried", or what the loss did; where it still fell, that nothing is known.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float, ...]
    suggestion: float
    steepest: float
    ended: str

    @property
    def best_at(self) -> float:
        """The rate of the smallest smoothed loss."""
        return self.rates[_smallest(self.smoothed)]

    def as_dict(self) -> dict[str, Any]:
        """Give all of it for a JSON object."""
        return {
            "suggestion": self.suggestion,
            "steepest": self.steepest,
            "smallest_loss_at": self.best_at,
            "ended": self.ended,
            "rates": list(self.rates),
            "losses": list(self.losses),
            "smoothed": list(self.smoothed),
        }

    def __str__(self) -> str:
        return (
            f"learning_rate {self.suggestion:.2g}: a tenth of {self.best_at:.2g}, where the loss is smallest; it falls "
            f"fastest at {self.steepest:.2g} ({len(self.rates)} steps; {self.ended})"
        )

    def plot(self) -> "Figure":
        """Draw the loss against the rate, and where the suggestion lies; `ResourceError` without matplotlib.

        >>> sweep = RateSweep((0.1, 1.0), (2.0, 1.0), (2.0, 1.5), 0.1, 0.1, "all rates were tried")
        >>> len(sweep.plot().axes)
        1
        """
        figure = new_figure(6.4, 3.8)
        axes = figure.subplots()
        axes.plot(self.rates, self.losses, color="#bbbbbb", linewidth=1, label="loss of a step")
        axes.plot(self.rates, self.smoothed, color="#2166ac", linewidth=2, label="smoothed")
        axes.axvline(self.suggestion, color="#b2182b", label=f"suggested: {self.suggestion:.2g}")
        axes.axvline(self.steepest, color="#b2182b", linestyle=":", label=f"falls fastest: {self.steepest:.2g}")
        low, high = min(self.smoothed), max(self.smoothed[: 1 + len(self.smoothed) // 2])
        axes.set_ylim(low - 0.15 * (high - low or 1.0), high + 0.6 * (high - low or 1.0))
        axes.set_xscale("log")
        axes.set_xlabel("learning rate")
        axes.set_ylabel("training loss")
        axes.legend(fontsize=8)
        return figure


def find_rate(
    estimator: BaseCNN,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    *,
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 200,
) -> RateSweep:
    """Train for a few steps at a rate that rises from `low` to `high`, and suggest a learning rate.

        rate of step t of T = low (high / low)^(t / (T - 1))
        s_t = (0.9 m_t-1 + 0.1 loss_t) / (1 - 0.9^t),   m_t the numerator: the smoothed loss

    The suggestion is a tenth of the rate at which the smoothed loss is smallest. The sweep ends early where that is
    four times its smallest value, or the loss is no number.

    The network is a new one each time, in training as `fit` would train it, augmentation and L2 term included; nothing
    is held out, and the estimator stays as it is. `X`, `y` and `sample_weight` are those of `fit`. Epochs are repeated
    where there are fewer batches than steps.

    Source: Smith, "Cyclical learning rates for training neural networks", WACV 2017, section 3.3, which lets the rate
    rise evenly and looks at the accuracy. Deviations: it rises exponentially, which covers seven powers of ten, and the
    rule is that of Howard and Gugger, "fastai: a layered API for deep learning", Information 11, 2020: the minimum
    divided by ten, with the sweep's end at four times the best loss.

    Raises `ParameterError` for a range that is none, and what `fit` raises before its first epoch.

    >>> import numpy as np
    >>> from foveal import CNNClassifier
    >>> X, y = np.random.default_rng(0).normal(size=(60, 6, 6)), np.arange(60) % 2
    >>> sweep = find_rate(CNNClassifier(random_state=0), X, y, steps=20)
    >>> len(sweep.rates) <= 20, 1e-7 <= sweep.suggestion <= 1
    (True, True)
    """
    check("steps", steps, count(10))
    for name, rate in (("low", low), ("high", high)):
        check(name, rate, number(0, low_open=True))
    if not low < high:
        raise ParameterError(f"low must be less than high, got {shown(low)} and {shown(high)}")
    with working(), joined() as processes:
        if processes.world > 1:
            raise ParameterError("a sweep of the learning rate runs in one process; start it without torchrun")
        job = _prepared(estimator, X, y, sample_weight)
    rates = [low * (high / low) ** (step / (steps - 1)) for step in range(steps)]
    losses, ended = _losses(job, rates)
    if len(losses) < 3:
        raise DataError(f"the loss was no number after {len(losses)} steps, at rate {low:g}; begin lower, with low=")
    smooth = smoothed(losses)
    tried = tuple(rates[: len(losses)])
    at = _smallest(smooth)
    if at == len(smooth) - 1:
        ended = f"the loss still fell at {tried[at]:.2g}, so the suggestion is a guess; use more steps, or a higher end"
    return RateSweep(tried, tuple(losses), tuple(smooth), tried[at] / BELOW, _steepest(tried, smooth, at), ended)


def smoothed(losses: Sequence[float]) -> list[float]:
    """Average losses, those before ever less, and make up for a beginning without any: Kingma and Ba 2015, section 3.

    >>> [round(loss, 3) for loss in smoothed([2.0, 2.0, 1.0])]
    [2.0, 2.0, 1.631]
    """
    mean, found = 0.0, []
    for step, loss in enumerate(losses, start=1):
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        found.append(mean / (1 - SMOOTHING**step))
    return found


def _prepared(estimator: BaseCNN, X: Any, y: Any, sample_weight: Any) -> Job:
    """Prepare a fit that holds nothing out, at a rate of 1 that the state's own factor makes smaller."""
    if estimator.checkpoint is not None:
        raise ParameterError(f"checkpoint={estimator.checkpoint!r} is for a fit; a sweep is not saved, leave it out")
    from sklearn.base import clone  # loaded where it is needed

    how = {"valid_size": 0.0, "early_stopping": False, "calibration": False, "monitor": "auto", "learning_rate": 1.0}
    job: Job = clone(estimator).set_params(**how)._prepared(X, y, sample_weight)
    return job


def _losses(job: Job, rates: Sequence[float]) -> tuple[list[float], str]:
    """Train with the engine's own steps, each at its rate, and give their losses and why they ended."""
    losses: list[float] = []
    before = (0.0, 0.0)

    def note(state: TrainState) -> bool:
        """Note the step's loss, as what the epoch's sums have grown by, and set the rate of the next."""
        nonlocal before
        sums = float(state.sums[0]), float(state.sums[1])
        begun = state.position == 1
        weight = sums[1] - (0.0 if begun else before[1])
        losses.append((sums[0] - (0.0 if begun else before[0])) / weight if weight else math.nan)
        before = sums
        state.plateau = rates[min(len(losses), len(rates) - 1)]
        return _over(losses, rates)

    config = replace(job.config, schedule="constant", n_epochs=len(rates) + job.state.epoch)
    job.state.plateau = rates[0]
    events = train(job.state, job.batches, None, job.task, config, note)
    try:
        with working(), closing(events):  # type: ignore[type-var]
            while not losses or not _over(losses, rates):
                next(events)
    except DivergedError:
        return [loss for loss in losses if math.isfinite(loss)], "the loss was no number any more"
    finite = [loss for loss in losses if math.isfinite(loss)]
    if len(losses) == len(rates) and len(finite) == len(losses):
        return losses, "all rates were tried"
    return finite, f"the loss was {BLOWN_UP:g} times its smallest" if _blown_up(finite) else "the loss was no number"


def _over(losses: Sequence[float], rates: Sequence[float]) -> bool:
    return len(losses) == len(rates) or not math.isfinite(losses[-1]) or _blown_up(losses)


def _blown_up(losses: Sequence[float]) -> bool:
    smooth = smoothed(losses)
    return len(losses) > 10 and smooth[-1] > BLOWN_UP * min(smooth)


def _smallest(values: Sequence[float]) -> int:
    return min(range(len(values)), key=lambda at: values[at])


def _steepest(rates: Sequence[float], smooth: Sequence[float], end: int) -> float:
    """Give the rate at which the smoothed loss falls fastest against the rate's logarithm, before its minimum."""
    if end < 2:
        return rates[0]
    slopes = [smooth[at + 1] - smooth[at - 1] for at in range(1, end)]  # rates lie evenly in their logarithms
    return rates[1 + _smallest(slopes)]
