"""Learning-rate schedules: step number in, factor of the peak rate out; nothing is remembered."""

import math
from collections.abc import Callable

#: Share of the run spent on warming up where a schedule does so.
WARM_UP = 0.1

Schedule = Callable[[int, int], float]


def warmed(step: int, total: int) -> float:
    """Rise evenly to 1 over the first tenth of the steps, but at most 100, then stay there.

    The total is only a ceiling where training stops early, so that the rise must not grow with it.

    >>> warmed(0, 20), warmed(1, 20), warmed(99, 10**6)
    (0.5, 1.0, 1.0)
    """
    return min(1.0, (step + 1) / min(100, _rise(total)))


def linear(step: int, total: int) -> float:
    """Warm up, then fall evenly so that the step after the last one would have rate 0; Goyal et al. 2017 for the rise.

    >>> linear(0, 20), linear(1, 20), linear(19, 20)
    (0.5, 1.0, 0.05555555555555555)
    """
    rise = _rise(total)
    return (step + 1) / rise if step < rise else (total - step) / max(1, total - rise)


def one_cycle(step: int, total: int) -> float:
    """Rise from 1/25 to 1 over 30 % of the steps and fall to 1/10000, both along half a cosine; Smith 2018."""
    rise = max(1.0, 0.3 * total)
    if step < rise:
        return 1 - 0.96 * (1 + math.cos(math.pi * step / rise)) / 2
    return 1e-4 + (1 - 1e-4) * _half_cosine((step - rise) / max(1.0, total - rise))


def cosine(step: int, total: int) -> float:
    """(1 + cos(pi t / T)) / 2; Loshchilov and Hutter 2017, eq. 5 without restarts.

    >>> cosine(0, 4), cosine(2, 4)
    (1.0, 0.5)
    """
    return _half_cosine(step / total)


def step_down(step: int, total: int) -> float:
    """Fall tenfold at half and at three quarters of the steps; He et al. 2016, section 4.2.

    >>> step_down(1, 8), step_down(4, 8)
    (1.0, 0.1)
    """
    return 0.1 ** ((step >= total / 2) + (step >= 3 * total / 4))


def exponential(step: int, total: int) -> float:
    """Fall by the same factor in each step, to a hundredth at the end: 0.01^(t / T)."""
    return float(0.01 ** (step / total))


def constant(step: int, total: int) -> float:
    """Stay at 1."""
    return 1.0


def _rise(total: int) -> int:
    return max(1, round(WARM_UP * total))


def _half_cosine(share: float) -> float:
    return (1 + math.cos(math.pi * share)) / 2


SCHEDULES: dict[str, Schedule] = {
    "constant": constant,
    "warmed": warmed,
    "linear": linear,
    "one_cycle": one_cycle,
    "cosine": cosine,
    "step": step_down,
    "exponential": exponential,
    "plateau": constant,  # times TrainState.plateau, which follows the validation score
}

#: Plateau: epochs without a better score before the rate falls, and the factor by which it does.
PLATEAU_PATIENCE, PLATEAU_FACTOR = 5, 0.1


def resolve_schedule(name: str, *, early_stopping: bool) -> str:
    """Say what "auto" means: warm-up, then linear to zero; then constant where the end is not known.

    >>> resolve_schedule("auto", early_stopping=False), resolve_schedule("auto", early_stopping=True)
    ('linear', 'warmed')
    """
    if name != "auto":
        return name
    return "warmed" if early_stopping else "linear"
