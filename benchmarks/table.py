"""From the runs of a folder to one Markdown table, and one plot where matplotlib is installed.

`python -m benchmarks.table benchmarks/results/RUN` writes them anew from the runs that are there.
"""

import csv
import json
import sys
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.contest import GROUPS, PEERS
from benchmarks.ratios import TARGETS, Ratio, Row, by_round, compare, peak_share, quiet, ratio, verdict
from benchmarks.workloads import training_flops, workloads

#: Column: figure, title, format.
FIGURES = (
    ("cold", "cold s", "{:.2f}"), ("warm", "warm s", "{:.2f}"), ("steady", "images/s", "{:,.0f}"),
    ("p50", "p50 ms", "{:.3f}"), ("p99", "p99 ms", "{:.3f}"), ("memory", "peak MB", "{:.0f}"),
    ("accuracy", "accuracy", "{:.3f}"), ("others", "others", "{:.0%}"),
)  # fmt: skip

_SHARE = "C2 share of the matrix-product peak"


def read_runs(file: Path) -> list[Row]:
    """Read a runs.csv; what is empty is None."""
    with file.open(encoding="utf-8") as text:
        return [{name: _value(name, value) for name, value in row.items()} for row in csv.DictReader(text)]


def _value(name: str, value: str) -> Any:
    if name in ("workload", "peer", "error"):
        return value
    return (int if name == "round" else float)(value) if value else None


def table_of(rows: list[Row], workload: str) -> list[str]:
    """Write a workload's table: a line for each peer with its medians, and how many times better foveal is."""
    shown = [f for f in FIGURES if any(r.get(f[0]) is not None for r in rows if r["workload"] == workload)]
    ratios = [name for name, _, _ in shown if name in ("cold", "steady", "p50")]
    heads = ["peer", "n", *(title for _, title, _ in shown), *(f"foveal, {name}: times better" for name in ratios)]
    lines = [_line(heads), _line(["---"] * len(heads))]
    for peer in [p.name for p in PEERS if any(r["peer"] == p.name and r["workload"] == workload for r in rows)]:
        runs = [r for r in rows if r["peer"] == peer and r["workload"] == workload]
        good = [r for r in runs if not r.get("error")]
        if not good:
            lines.append(_line([peer, "0", f"failed: {runs[-1]['error']}", *[""] * (len(heads) - 3)]))
            continue
        cells = [peer, f"{len(good)}" + f" ({len(runs) - len(good)} failed)" * (len(runs) > len(good))]
        for name, _, form in shown:
            values = [r[name] for r in good if r.get(name) is not None]
            cells.append(form.format(median(values)) if values else "")
        for name in ratios:
            ours, theirs = (by_round(rows, workload, p, name) for p in ("foveal", peer))
            cells.append("" if peer == "foveal" else str(ratio(ours, theirs, name) or ""))
        lines.append(_line(cells))
    return lines


def targets_of(rows: list[Row], full: bool) -> list[tuple[str, Ratio | None, float]]:
    """Name each target of SPEED.md, foveal's figure for it, and the least it should be."""
    found = []
    for target in TARGETS:
        peer, value = compare(rows, target)
        ours = "" if target.ours == "foveal" else f", {target.ours.partition(', ')[2]}"
        found.append((f"{target.workload} {target.figure}{ours} / {peer}", value, target.least))
    share = peak_share(rows, "C2", "foveal", training_flops(workloads(full)["C2"].net))
    return [*found, (_SHARE, share, 0.55)]


def write_table(folder: Path) -> str:
    """Write table.md, and plot.png if it can be drawn, into the folder of a run; return the table."""
    rows = read_runs(folder / "runs.csv")
    told = json.loads((folder / "environment.json").read_text("utf-8"))
    targets = targets_of(rows, told["full"])
    calm = [value for _, value, _ in targets_of(quiet(rows), told["full"])]
    text = "\n".join([*_head(told, rows), *_target_lines(targets, calm), *_workload_lines(rows, told["full"])]) + "\n"
    (folder / "table.md").write_text(text, "utf-8")
    try:
        from benchmarks.plot import draw
    except ImportError:
        return text + "(no plot: matplotlib is not installed)\n"
    draw([(name, value, least) for name, value, least in targets if value is not None], folder / "plot.png")
    return text


def _head(told: dict[str, Any], rows: list[Row]) -> list[str]:
    others = [r["others"] for r in rows if r.get("others") is not None]
    peaks = [r["steady"] for r in rows if r["workload"] == "peak" and r.get("steady")]
    lines = [
        f"# {'Full' if told['full'] else 'Quick'} benchmark",
        "",
        f"{told['processor']}, {told['cores']} cores, {told['memory_gb']} GB, {told['system']}, "
        f"Python {told['python']}; " + ", ".join(f"{k} {v}" for k, v in told["versions"].items()) + ".",
        "",
        "Every figure is a median over n interleaved rounds, each in a process of its own; a ratio is the median of "
        "the rounds' ratios with the least and the greatest, and above 1 foveal is better. Only ratios mean anything.",
    ]
    if others:
        lines += ["", f"Others used {min(others):.0%} to {max(others):.0%} (median {median(others):.0%}) of the cores."]
    if peaks:
        lines += ["", f"Matrix-product peak: {median(peaks):.0f} Gflop/s ({min(peaks):.0f}-{max(peaks):.0f})."]
    return lines + (["", told["note"]] if told["note"] else [])


def _target_lines(targets: list[tuple[str, Ratio | None, float]], calm: list[Ratio | None]) -> list[str]:
    heads = ["foveal's figure", "ratio", "n", "at least", "", "where others used at most 10 % of the cores", "n"]
    lines = ["", "## Targets", "", _line(heads), _line(["---"] * len(heads))]
    for (name, value, least), quietly in zip(targets, calm, strict=True):
        cells = [name, str(value or ""), str(value.n if value else 0), f"{least:.2f}", verdict(value, least)]
        lines.append(_line([*cells, str(quietly or ""), str(quietly.n if quietly else 0)]))
    return lines


def _workload_lines(rows: list[Row], full: bool) -> list[str]:
    known, lines = workloads(full), []
    for id_ in [id_ for group in GROUPS for id_ in group if any(r["workload"] == id_ for r in rows)]:
        w = known[id_]
        size = f"{w.rows} rows, batch {w.batch}" + (f", {w.epochs} epochs" if w.kind == "fit" else "")
        lines += ["", f"## {id_}: {w.about} ({size})", "", *table_of(rows, id_)]
    return lines


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


if __name__ == "__main__":
    print(write_table(Path(sys.argv[1])))
