"""`foveal robustness`: how much a model's answers change where its rows are shifted, turned, lightened, blurred ..."""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from foveal.cli.options import Debug, Json, Model, OnBad, Read, Source
from foveal.cli.output import check_place, number, say, show_facts, show_json, show_table
from foveal.core.errors import ParameterError
from foveal.core.files import as_path, write_atomically

if TYPE_CHECKING:
    from foveal.compare.invariance import Curve, Invariance

_COLUMNS = ("change", "unit", "amount", "score", "low", "high", "agreement")


def robustness(
    model: Model,
    source: Source,
    change: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Measure this change, as in --change shift; may be repeated. Else all."),
    ] = None,
    rows: Annotated[int, typer.Option(metavar="N", help="Measure on at most so many rows.", min=1)] = 2000,
    seed: Annotated[int, typer.Option(metavar="N", help="Which rows are drawn, noise and boxes.")] = 0,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Write a line for each amount of each change.")
    ] = None,
    read: Read = None,
    on_bad: OnBad = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Measure MODEL on the rows of SOURCE as they are and changed, ever more.

    Shifts by every place (with the edge repeated, and wrapped round), rotation,
    scale, brightness, contrast, noise, blur, occlusion. For each the score where
    nothing is changed, at both ends, and the mean over all amounts with its 95 %
    interval: the area under the curve. The test part is used where there is one.
    """
    import numpy as np

    from foveal.cli.class_names import by_name
    from foveal.cli.estimators import load_model  # torch is loaded here
    from foveal.cli.reading import read_settings, shown
    from foveal.compare.invariance import measure_invariance
    from foveal.data.named import load_dataset

    if out is not None and as_path(out, "--out").suffix.lower() != ".csv":
        raise ParameterError(f"--out must end in .csv, got {str(out)!r}; --json prints all of it as JSON")
    if out is not None:
        check_place(out, "--out")
    fitted = load_model(model)
    reading = read_settings(read or [], on_bad) | ({"input_rule": fitted.input_rule} if fitted.input_rule else {})
    with shown(quiet=json) as progress:
        data = load_dataset(source, reading, progress)
    part = "all rows" if data.X_test is None else "test"
    X, y = (data.X_train, data.y_train) if data.X_test is None else (data.X_test, data.y_test)
    y, _ = by_name(np.asarray(y), data.class_names, fitted.class_names, fitted.problem.classes)
    found = measure_invariance(fitted, X, y, change or None, rows=rows, seed=seed)
    if out is not None:
        write_atomically(out, _csv(found))
    if json:
        show_json({"model": model, "source": source, "part": part, **found.as_dict()})
        return
    _show(model, f"{source}, {part}", found)


def _show(model: str, data: str, found: "Invariance") -> None:
    some = f"{found.rows:,}" + (f" of {found.of_rows:,}, drawn by chance" if found.rows < found.of_rows else "")
    show_facts({"model": model, "data": f"{data}, {some} rows", found.metric: f"{number(found.score)} unchanged"})
    print()
    show_table(("change", "from", "to", "at both ends", "mean", "95 % interval"), map(_row, found.curves))
    for name, why in found.left_out.items():
        say(f"{name} was not measured: {why}")


def _row(curve: "Curve") -> tuple[str, ...]:
    """Give a line of the table.

    >>> from foveal.compare.invariance import Curve
    >>> _row(Curve("blur", "pixels", [0.0, 2.0], [1.0, 0.5], [], None, 0.75, (0.7, 0.8)))
    ('blur', '0', '2 pixels', '1.0000 0.5000', '0.7500', '0.7000 to 0.8000')
    """
    low, high = curve.area_interval
    ends = f"{number(curve.scores[0])} {number(curve.scores[-1])}"
    first, last = f"{curve.amounts[0]:g}", f"{curve.amounts[-1]:g} {curve.unit}"
    return curve.name, first, last, ends, number(curve.area), f"{number(low)} to {number(high)}"


def _csv(found: "Invariance") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for curve in found.curves:
        alike: list[Any] = list(curve.agreement) if curve.agreement is not None else [""] * len(curve.amounts)
        for amount, score, (low, high), same in zip(curve.amounts, curve.scores, curve.intervals, alike, strict=True):
            writer.writerow((curve.name, curve.unit, f"{amount:g}", score, low, high, same))
    return text.getvalue().encode()
