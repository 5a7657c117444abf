"""Two runs of the same settings held against each other: the same bits, the same numbers, or which differ."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from foveal.report.results import is_number, value_at

#: Numbers that are compared, by their paths, with the path of the interval that the first run has for it.
COMPARED = {
    "measured.score": "measured.interval",
    "measured.probabilities.nll": "measured.probabilities.nll_interval",
    "measured.probabilities.ece": "measured.probabilities.ece_interval",
    "train_loss": None,
    "train_score": None,
    "valid_loss": None,
    "valid_score": None,
    "kept_epoch": None,
}
#: What may differ in the environment, and is told beside the difference.
_TOLD = ("foveal", "python", "torch", "numpy", "device", "device name", "precision", "threads", "kernels", "system")


@dataclass(frozen=True)
class Number:
    """A number of both runs; `within` tells whether the second lies in the first one's interval, None without one."""

    name: str
    before: float
    again: float
    equal: bool
    interval: list[float] | None
    within: bool | None


@dataclass(frozen=True)
class Reproduced:
    """Whether a run came out again: bits of the weights, the data, seeds, numbers, and what differs around it."""

    bits: bool
    data: bool | None
    seeds: tuple[Any, Any]
    numbers: list[Number]
    environment: dict[str, tuple[Any, Any]]

    @property
    def as_expected(self) -> bool:
        """Whether the bits are the same or, of another seed, every number that has an interval lies within it."""
        if self.seeds[0] == self.seeds[1]:
            return self.bits
        return all(number.within is not False for number in self.numbers)

    @property
    def verdict(self) -> str:
        """Say in one sentence whether it came out again, and why not."""
        if self.data is False:
            return "the data are not those of the run, so the network cannot be the same"
        if self.bits:
            return "reproduced to the bit: the weights are the same"
        differ = [number.name for number in self.numbers if not number.equal]
        if self.seeds[0] != self.seeds[1]:
            outside = [number.name for number in self.numbers if number.within is False]
            where = f"; outside of its interval: {', '.join(outside)}" if outside else ", all within their intervals"
            return f"another seed, other weights; numbers that differ: {', '.join(differ) or 'none'}{where}"
        around = ", ".join(f"{name} {a} and {b}" for name, (a, b) in self.environment.items())
        because = f"the environment differs: {around}" if around else "nothing in the environment that is known differs"
        return f"not the same bits; numbers that differ: {', '.join(differ) or 'none that is shown'}; {because}"

    def as_dict(self) -> dict[str, Any]:
        """Give all of it for a JSON object."""
        return {**asdict(self), "as_expected": self.as_expected, "verdict": self.verdict}


def held_against(before: Mapping[str, Any], again: Mapping[str, Any]) -> Reproduced:
    """Hold the results of a run that was trained again against those of the first.

    >>> run = {"weights": "a", "seed": 0, "environment": {}, "valid_loss": 0.5}
    >>> held_against(run, run).verdict
    'reproduced to the bit: the weights are the same'
    """
    numbers = [
        found for name, interval in COMPARED.items() if (found := _number(before, again, name, interval)) is not None
    ]
    digests = before.get("data_digest"), again.get("data_digest")
    here, there = before["environment"], again["environment"]
    return Reproduced(
        bits=before.get("weights") is not None and before.get("weights") == again.get("weights"),
        data=None if None in digests else digests[0] == digests[1],
        seeds=(before.get("seed"), again.get("seed")),
        numbers=numbers,
        environment={name: (here.get(name), there.get(name)) for name in _TOLD if here.get(name) != there.get(name)},
    )


def _number(before: Mapping[str, Any], again: Mapping[str, Any], path: str, interval: str | None) -> Number | None:
    first, second = value_at(before, path), value_at(again, path)
    if not (is_number(first) and is_number(second)):
        return None
    bounds = None if interval is None else value_at(before, interval)
    within = None if not bounds else bool(bounds[0] <= second <= bounds[1])
    return Number(path.replace("measured.", ""), first, second, first == second, bounds, within)
