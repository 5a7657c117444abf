"""One plot: foveal's ratio to the peer of each target, with its spread and the least it should be."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from benchmarks.ratios import Ratio


def draw(targets: list[tuple[str, Ratio, float]], file: Path) -> None:
    """Draw a line from the least to the greatest ratio, a dot at the median, a tick at the target."""
    figure, axes = plt.subplots(figsize=(8, 0.32 * len(targets) + 1.2), layout="constrained")
    for place, (_, value, least) in enumerate(reversed(targets)):
        colour = "tab:green" if value.middle >= least else "tab:red"
        axes.plot([value.low, value.high], [place, place], color=colour, linewidth=2)
        axes.plot(value.middle, place, "o", color=colour)
        axes.plot(least, place, "|", color="black", markersize=12)
    axes.set_yticks(range(len(targets)), [name for name, _, _ in reversed(targets)], fontsize=8)
    axes.set_xscale("log")
    axes.axvline(1, color="grey", linewidth=0.5)
    axes.set_xlabel("times better than the peer (dot: median; line: all rounds; tick: target)")
    figure.savefig(file, dpi=110)
    plt.close(figure)
