"""`foveal compare`: two models on the same rows that tell the truth."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from foveal.cli.options import Debug, Json, OnBad, Read
from foveal.cli.output import check_place, number, say, show_facts, show_json, show_table
from foveal.core.errors import ParameterError
from foveal.core.files import as_path, write_atomically

if TYPE_CHECKING:
    from foveal.fitted.model import Fitted


def compare(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="A B SOURCE",
            help="Two models, as files or folders of training runs, and the data to measure both on; with --page two "
            "runs or more.",
        ),
    ],
    page: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write a page of several runs; nothing is measured.")
    ] = None,
    read: Read = None,
    on_bad: OnBad = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Measure models A and B on the same rows of SOURCE: its test part, or all rows.

    Told are both scores and the difference, A less B, with its 95 % interval and
    how often chance alone makes so large a one (p); of models with probabilities
    also negative log likelihood and expected calibration error.

    With --page there is no SOURCE but runs of foveal train: their scores with
    intervals, costs, curves, and in which settings they differ.
    """
    if page is not None:
        _write(page, models)
        return
    if len(models) != 3:
        raise ParameterError(
            f"expected two models and a data set, got {' '.join(models)}; foveal compare A B SOURCE (--page FILE.html "
            "takes two runs or more, and no data)"
        )
    a, b, source = models
    from foveal.cli.estimators import load_model  # torch is loaded here
    from foveal.compare.two_models import answered_by, versus

    both = load_model(a), load_model(b)
    parts = [_rows(fitted, source, read or [], on_bad, json=json) for fitted in both]
    found = versus(*both, (answered_by(both[0], *parts[0][1:]), answered_by(both[1], *parts[1][1:])))
    part = parts[0][0]
    if json:
        show_json({"a": a, "b": b, "source": source, "part": part, **found.as_dict()})
        return
    where = "test part" if part == "test" else "all rows (there is no test part)"
    show_facts({"A": a, "B": b, "data": f"{source}, {where}, {found.rows:,} rows"})
    print()
    lines = []
    for name, paired in found.measures.items():
        low, high = paired.interval
        lead, p = f"{paired.difference.value:+.4f}", paired.difference.p
        chance = "< 0.001" if p < 0.001 else f"{p:.3f}"
        lines.append((name, number(paired.first), number(paired.second), lead, f"{low:+.4f} to {high:+.4f}", chance))
    show_table(("", "A", "B", "A less B", "95 % interval", "p"), lines)
    print(found.verdict)


def _write(page: Path, runs: list[str]) -> None:
    """Write a page of several runs."""
    if as_path(page, "--page").suffix.lower() != ".html":
        raise ParameterError(f"--page must end in .html, got {str(page)!r}")
    check_place(page, "--page")
    from foveal.report.results import read_from, read_results
    from foveal.report.several import several

    found = {run: read_results(Path(run)) for run in runs}
    with read_from(" or ".join(runs)):
        content = several(found).encode()
    write_atomically(page, content)
    say(f"wrote {page}")


def _rows(fitted: "Fitted", source: str, read: list[str], on_bad: Any, *, json: bool) -> tuple[str, Any, Any]:
    """Read the rows to measure on by a model's own rule, and their labels by its names."""
    import numpy as np

    from foveal.cli.class_names import by_name
    from foveal.cli.reading import read_settings, shown
    from foveal.data.named import load_dataset

    rule: dict[str, Any] = {"input_rule": fitted.input_rule} if fitted.input_rule else {}
    with shown(quiet=json) as progress:
        data = load_dataset(source, read_settings(read, on_bad) | rule, progress)
    part = "all rows" if data.X_test is None else "test"
    X, y = (data.X_train, data.y_train) if data.X_test is None else (data.X_test, data.y_test)
    y = by_name(np.asarray(y), data.class_names, fitted.class_names, fitted.problem.classes)[0]
    return part, X, y
