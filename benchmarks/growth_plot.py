"""The plot of benchmarks.growth: a column for each thing that grows; speed, time of a multiply-add, memory below."""

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from benchmarks.growth import relative


def draw(rows: list[dict[str, Any]], file: Path) -> None:
    """Draw the panels; the data set's is one column, mapped and resident."""
    columns: dict[str, list[str]] = {}
    for panel in dict.fromkeys(row["panel"] for row in rows):
        columns.setdefault("data set, GB" if panel.endswith("GB") else panel, []).append(panel)
    figure, axes = plt.subplots(4, len(columns), figsize=(2.6 * len(columns), 8.4), sharex="col", squeeze=False,
                                layout="constrained")  # fmt: skip
    for column, (title, panels) in enumerate(columns.items()):
        for panel in panels:
            points = [row for row in rows if row["panel"] == panel]
            x = [row["x"] for row in points]
            own, by_torch = ([r[name] for r in points] for name in ("images_s", "pytorch_images_s"))
            times = [a / b for a, b in zip(own, by_torch, strict=True)]
            figures = own, times, relative(points), [r["anonymous_mb"] for r in points]
            for place, y in enumerate(figures):
                axes[place][column].plot(x, y, "o-", markersize=4, label=panel.removesuffix(" GB"))
            axes[0][column].plot(x, by_torch, "s--", markersize=3, color="grey", linewidth=1, label="PyTorch's kernels")
        top, second, middle, bottom = (axes[place][column] for place in range(4))
        second.set_ylim(0, 1.1 * second.get_ylim()[1])
        second.axhline(1, color="grey", linewidth=0.5)
        top.set_xscale("log", base=2)
        top.set_yscale("log")
        top.set_ylim(50, 200_000)  # the same in every column
        top.yaxis.set_major_formatter("{x:,.0f}")
        middle.set_ylim(0, 1.1 * middle.get_ylim()[1])
        middle.axhline(1, color="grey", linewidth=0.5)
        bottom.set_ylim(0, 1.1 * bottom.get_ylim()[1])
        bottom.set_xlabel(title)
        ticks = sorted({row["x"] for row in rows if row["panel"] in panels})
        bottom.set_xticks(ticks, [f"{t:.2g}" if t < 10 else f"{t:g}" for t in ticks], fontsize=7, rotation=60)
        bottom.minorticks_off()
        if len(panels) > 1:
            bottom.legend(fontsize=7)
    best = "time of a multiply-add\n(best of the panel = 1)"
    for place, name in enumerate(("images/s", "times PyTorch's", best, "own memory, MB")):
        axes[place][0].set_ylabel(name)
    figure.savefig(file, dpi=110)
    plt.close(figure)
