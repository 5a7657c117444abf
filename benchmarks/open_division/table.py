"""From the runs of a folder to one Markdown table.

`python -m benchmarks.open_division.table benchmarks/results/RUN` writes table.md anew from the CSV files that are
there.
"""

import json
import sys
from pathlib import Path
from statistics import mean

from benchmarks.machine import describe
from benchmarks.open_division.ablation import WHOLE
from benchmarks.open_division.interval import interval
from benchmarks.open_division.runs import groups, read
from benchmarks.open_division.settings import SETTINGS
from foveal.core.recipes import RECIPES

Runs = list[dict[str, str]]


def first_above(runs: Runs, mark: float) -> list[float | None]:
    """Give the core-seconds in which each of the tutorial's seeds came above a mark; None: in none of its epochs.

    >>> runs = [{"seed": "0", "accuracy": a, "core_seconds": s} for a, s in (("91", "40"), ("92", "80"))]
    >>> first_above(runs, 91.5), first_above(runs, 93)
    ([80.0], [None])
    """
    found = []
    for _, epochs in groups(runs, "seed"):
        above = [float(row["core_seconds"]) for row in epochs if float(row["accuracy"]) >= mark]
        found.append(above[0] if above else None)
    return found


def times(theirs: list[float | None], tutorial: Runs, ours: float) -> str:
    """Write how many times longer the tutorial's seeds took; one that never came there took more than all its epochs.

    >>> runs = [{"seed": "0", "core_seconds": "90"}]
    >>> times([20.0], runs, 10), times([None], runs, 10)
    ('2.0', '> 9.0')
    """
    if not theirs:
        return ""
    ends = [float(epochs[-1]["core_seconds"]) for _, epochs in groups(tutorial, "seed")]
    spent = [end if t is None else t for t, end in zip(theirs, ends, strict=True)]
    return ("> " if None in theirs else "") + f"{mean(spent) / ours:.1f}"


def marks(runs: Runs, tutorial: Runs) -> list[str]:
    """Write C4: accuracy and seconds at each mark, and how many times more the tutorial's loop took."""
    lines = _heads("mark %", "n", "test %", "least", "seeds above", "core-seconds", "wall s", "epochs",
                   "tutorial, core-seconds", "ratio")  # fmt: skip
    for (mark,), rows in groups(runs, "mark"):
        accuracy, core = ([float(r[name]) for r in rows] for name in ("accuracy", "core_seconds"))
        theirs = first_above(tutorial, float(mark))
        lines.append(_line(
            mark, len(rows), interval(accuracy), f"{min(accuracy):.2f}",
            sum(a >= float(mark) for a in accuracy), interval(core),
            interval([float(r["seconds"]) for r in rows]), rows[0]["epochs"],
            ", ".join("never" if t is None else f"{t:.0f}" for t in theirs), times(theirs, tutorial, mean(core)),
        ))  # fmt: skip
    return lines


def progress(tutorial: Runs) -> list[str]:
    """Write the tutorial's accuracy epoch by epoch, and the best that each seed came to."""
    lines = _heads("seed", "epochs", "best %", "at epoch", "after 5", "after 10", "last", "core-seconds in all")
    for (seed,), rows in groups(tutorial, "seed"):
        accuracy = [float(r["accuracy"]) for r in rows]
        best = max(accuracy)
        after = ["" if len(rows) < n else f"{accuracy[n - 1]:.2f}" for n in (5, 10)]
        lines.append(_line(seed, len(rows), f"{best:.2f}", accuracy.index(best) + 1, *after, f"{accuracy[-1]:.2f}",
                           rows[-1]["core_seconds"]))  # fmt: skip
    return lines


def ablation(runs: Runs) -> list[str]:
    """Write what a change costs or brings, paired by seed, on the held-out training rows."""
    whole = {r["seed"]: r for r in runs if r["variant"] == WHOLE}
    lines = _heads("variant", "n", "validation %", "difference", "core-seconds", "times the whole's")
    for (variant,), rows in groups(runs, "variant"):
        rows = [r for r in rows if r["seed"] in whole]
        gains = [float(r["accuracy"]) - float(whole[r["seed"]]["accuracy"]) for r in rows]
        times = [float(r["core_seconds"]) / float(whole[r["seed"]]["core_seconds"]) for r in rows]
        lines.append(_line(
            variant, len(rows), interval([float(r["accuracy"]) for r in rows]),
            "" if variant == WHOLE else f"{interval(gains):+}",
            f"{mean(float(r['core_seconds']) for r in rows):.1f}", f"{mean(times):.2f}",
        ))  # fmt: skip
    return lines


def small_sets(runs: Runs) -> list[str]:
    """Write the recipe beside the defaults."""
    lines = _heads("data", "rows", "n", "fast %", "defaults %", "difference", "fast, core-seconds", "defaults", "times")
    for (name,), rows in groups(runs, "set"):
        fast, defaults = ({r["seed"]: r for r in rows if r["model"] == m} for m in ("fast", "defaults"))
        both = [seed for seed in fast if seed in defaults]
        if not both:  # broken off
            continue
        a, b = ([float(m[s]["accuracy"]) for s in both] for m in (fast, defaults))
        s, t = ([float(m[i]["core_seconds"]) for i in both] for m in (fast, defaults))
        gain = [x - y for x, y in zip(a, b, strict=True)]
        lines.append(_line(
            name, rows[0]["rows"], len(both), interval(a), interval(b),
            f"{interval(gain):+}", f"{mean(s):.1f}", f"{mean(t):.1f}", f"{mean(t) / mean(s):.1f}",
        ))  # fmt: skip
    return lines


def write(folder: Path) -> str:
    """Write table.md into the folder of a run; return it."""
    file = folder / "environment.json"
    if not file.exists():
        file.write_text(json.dumps(describe() | {"note": ""}, indent=1) + "\n", "utf-8")
    told = json.loads(file.read_text("utf-8"))
    runs = {name: read(folder / f"{name}.csv") for name in ("marks", "tutorial", "ablation", "small_sets")}
    versions = ", ".join(f"{k} {told['versions'][k]}" for k in ("foveal", "torch", "numpy", "scikit-learn"))
    parts = [
        "# The open division", "",
        f"{told['processor']}, {told['cores']} cores, {told['memory_gb']} GB, {told['system']}, "
        f"Python {told['python']}; {versions}. One thread each. ± is half of a 95 % interval (Student's t).",
        *(["", told["note"]] if told["note"] else []),
        "", "## C4: Fashion-MNIST, test accuracy with frozen settings", "", *marks(runs["marks"], runs["tutorial"]),
        "", "The recipe `fast`: " + _values(RECIPES["fast"]) + ".", "",
        *(f"- {mark} %: {_values(values)}" for mark, values in SETTINGS.items()),
        "", "## The tutorial's loop", "", *progress(runs["tutorial"]),
        "", "## What each ingredient is worth", "", *ablation(runs["ablation"]),
        "", "## The recipe as it is, on other data", "", *small_sets(runs["small_sets"]),
    ]  # fmt: skip
    text = "\n".join(parts) + "\n"
    (folder / "table.md").write_text(text, "utf-8")
    return text


def _values(values: dict[str, object]) -> str:
    return ", ".join(f"`{name}={_value(value)}`" for name, value in values.items())


def _value(value: object) -> str:
    """Write a value as code; a function goes by its name.

    >>> _value(["flip", mean])
    "['flip', mean]"
    """
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return str(getattr(value, "__name__", repr(value)))


def _heads(*names: str) -> list[str]:
    return [_line(*names), _line(*["---"] * len(names))]


def _line(*cells: object) -> str:
    return "| " + " | ".join(f"{cell}" for cell in cells) + " |"


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))
