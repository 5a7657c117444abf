"""From runs to ratios: medians and spreads over rounds. Nothing here reads or writes files."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

Row = dict[str, Any]

#: Figures of a run; the sign says whether more is better.
BETTER = {"cold": -1, "warm": -1, "steady": 1, "p50": -1, "p99": -1, "memory": -1}


@dataclass(frozen=True)
class Ratio:
    """How many times better one peer is than another: the median over rounds, and the extremes."""

    middle: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.middle:.2f} ({self.low:.2f}-{self.high:.2f})"


@dataclass(frozen=True)
class Target:
    """A row of SPEED.md's table, "PyTorch kernels, at least": foveal's figure over a peer's."""

    workload: str
    figure: str
    against: str  # a peer, or BEST_TUNED
    least: float
    ours: str = "foveal"


BEST_TUNED = "the best tuned peer"
ALONE, ONE_THREAD = "foveal, 1 thread", "tuned, 1 thread"
LANDMARKS = ("C8", "C9", "C10", "C11")
TARGETS = (  # with compiled kernels
    Target("C1", "cold", "skorch", 4.0),
    *(Target(w, "cold", "PyTorch tutorial", 1.4) for w in ("C2", "C3")),
    *(Target(w, "steady", "PyTorch tutorial", 3.5) for w in ("C2", "C3")),
    *(Target(w, "steady", "PyTorch tutorial", 2.8) for w in ("C5-32", "C5-128", "C5-512", "C6-32", "C6-128")),
    *(Target(w, "steady", BEST_TUNED, 2.5) for w in ("C2", "C3")),
    *(Target(w, "steady", BEST_TUNED, 2.0) for w in ("C5-32", "C5-128", "C5-512", "C6-32", "C6-128")),
    *(Target(w, "steady", BEST_TUNED, 1.3 if w == "C8" else 1.0) for w in LANDMARKS),
    *(Target(w, "steady", "PyTorch tutorial", 1.0) for w in LANDMARKS),
    *(Target(f"{w}-answers", "steady", BEST_TUNED, 1.0) for w in LANDMARKS),
    *(Target(w, "steady", ONE_THREAD, 1.3 if w == "C8" else 1.0, ALONE) for w in LANDMARKS),
    *(Target(f"{w}-answers", "steady", ONE_THREAD, 1.0, ALONE) for w in LANDMARKS),
    *(Target(w, f, "ONNX Runtime", 1.0) for w in ("C7-C2", "C7-C5") for f in ("p50", "p99", "steady")),
    Target("C2", "memory", "PyTorch tutorial", 1.0),
)


def by_round(rows: Iterable[Row], workload: str, peer: str, figure: str) -> dict[int, float]:
    """Give a peer's figure of each round that has one.

    >>> by_round([{"round": 0, "workload": "C2", "peer": "a", "cold": 2.0}], "C2", "a", "cold")
    {0: 2.0}
    """
    chosen = (r for r in rows if r["workload"] == workload and r["peer"] == peer)
    return {r["round"]: r[figure] for r in chosen if r.get(figure) is not None}


def quiet(rows: Iterable[Row], most: float = 0.1) -> list[Row]:
    """Keep the runs in which others used at most this share of the cores.

    >>> quiet([{"others": 0.5}, {"others": 0.0}, {"others": None}])
    [{'others': 0.0}]
    """
    return [r for r in rows if r.get("others") is not None and r["others"] <= most]


def ratio(ours: dict[int, float], theirs: dict[int, float], figure: str) -> Ratio | None:
    """Compare two peers round by round; rounds that lack one of them do not count.

    >>> str(ratio({0: 2.0, 1: 3.0}, {0: 4.0, 1: 3.0}, "cold"))
    '1.50 (1.00-2.00)'
    """
    both = sorted(ours.keys() & theirs.keys())
    values = [(ours[i] / theirs[i]) ** BETTER[figure] for i in both]
    return Ratio(median(values), min(values), max(values), len(values)) if values else None


def best_tuned(rows: list[Row], workload: str, figure: str) -> str | None:
    """Name the setting of "tuned" with the best median: the right of a peer tuned by hand."""
    names = {r["peer"] for r in rows if r["workload"] == workload and r["peer"].startswith("tuned")}
    medians = {name: list(by_round(rows, workload, name, figure).values()) for name in names}
    known = {name: median(values) * BETTER[figure] for name, values in medians.items() if values}
    return max(sorted(known), key=known.__getitem__) if known else None


def compare(rows: list[Row], target: Target) -> tuple[str, Ratio | None]:
    """Give the peer that a target means in these runs, and foveal's ratio to it."""
    peer = best_tuned(rows, target.workload, target.figure) if target.against == BEST_TUNED else target.against
    ours, theirs = (by_round(rows, target.workload, p or "", target.figure) for p in (target.ours, peer))
    return peer or target.against, ratio(ours, theirs, target.figure)


def peak_share(rows: list[Row], workload: str, peer: str, flops: float) -> Ratio | None:
    """Give the share of the matrix-product peak that training reaches; the peak is the best of the run's rounds.

    The operations are those of direct convolutions, and the peak is that of PyTorch's products. Winograd's needs fewer,
    and products compiled for the processor may be faster: a share above 1 is possible, and is no share of a limit.
    """
    peaks = [r["steady"] * 1e9 for r in rows if r["workload"] == "peak" and r.get("steady")]
    speed = {i: v * flops for i, v in by_round(rows, workload, peer, "steady").items()}
    return ratio(speed, dict.fromkeys(speed, max(peaks)), "steady") if peaks else None


def verdict(value: Ratio | None, least: float) -> str:
    """Say whether a target is reached, by the median, and whether every round agrees.

    >>> verdict(Ratio(1.5, 1.2, 2.0, 5), 1.4), verdict(Ratio(1.5, 1.45, 2.0, 5), 1.4)
    ('reached, not in every round', 'reached')
    """
    if value is None:
        return "no figure"
    reached = value.middle >= least
    agreed = (value.low if reached else -value.high) >= (least if reached else -least)
    return ("reached" if reached else "**missed**") + ("" if agreed else ", not in every round")
