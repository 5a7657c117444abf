"""`foveal learning-curve`: what more data would bring."""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from foveal.cli.options import SOURCES, Debug, Group, Json, OnBad, Read, Recipe, Settings, Source, Task, shorthands
from foveal.cli.output import check_place, number, say, show_json, show_table
from foveal.cli.reading import read_settings
from foveal.cli.settings import for_files, gather, parse_value
from foveal.core.errors import ParameterError
from foveal.core.files import as_path, write_atomically
from foveal.core.rules import as_list

if TYPE_CHECKING:
    from foveal.search.curve import LearningCurve


def learning_curve(
    source: Source,
    settings: Settings = None,
    recipe: Recipe = None,
    read: Read = None,
    on_bad: OnBad = None,
    group: Group = None,
    sizes: Annotated[
        str | None, typer.Option(metavar="N,N,N", help="Rows to learn from, ever more; else five sizes.")
    ] = None,
    repeats: Annotated[int, typer.Option(metavar="N", help="Times that each size is trained anew.", min=2)] = 5,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw it, FILE.png, or write a line for each fit, FILE.csv.")
    ] = None,
    epochs: Annotated[str | None, typer.Option(metavar="N", help="Short for --set n_epochs=N.")] = None,
    seed: Annotated[
        str | None, typer.Option(metavar="N", help="Which rows are drawn, and of the networks; else 0.")
    ] = None,
    task: Task = None,
    json: Json = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", metavar="", help="Print no progress and no table.")] = False,
    debug: Debug = False,
) -> None:
    """Train on ever more rows of SOURCE, and say what twice as many would bring.

    Each size is trained several times, on other rows, and tested on a fifth of the
    training part. A power law through the means, a - b n^-c, tells what twice the
    largest size would add, with a 95 % interval. The test part is left alone.
    """
    if out is not None and as_path(out, "--out").suffix.lower() not in (".png", ".csv"):
        raise ParameterError(f"--out must end in .png or .csv, got {str(out)!r}")
    if out is not None:
        check_place(out, "--out")
    said = gather(recipe, settings or [], shorthands(epochs=epochs, seed=seed, task=task))
    parameters = for_files({"random_state": 0} | said, named=source in SOURCES)
    reading = read_settings(read or [], on_bad, group)
    from foveal.cli.searched import searched  # torch is loaded here
    from foveal.search.more_rows import learning_curve as curve_of

    found = searched("learning-curve", source, parameters, reading, quiet=json or quiet)

    def tell(size: int, repeat: int, score: float) -> None:
        if not (json or quiet):
            say(f"repetition {repeat + 1} of {repeats}, {size:,} rows: {score:.4f}")

    curve = curve_of(
        found.estimator,
        found.data.X_train,
        found.data.y_train,
        sizes=None if sizes is None else as_list(parse_value(sizes)),
        repeats=repeats,
        groups=found.data.groups,
        random_state=parameters["random_state"],
        tell=tell,
    )
    if out is not None:
        write_atomically(out, _file(curve, out))
    if json:
        show_json({"source": source, **curve.as_dict()})
    elif not quiet:
        _show(curve)


def _show(curve: "LearningCurve") -> None:
    lines = []
    for at, size in enumerate(curve.sizes):
        low, high = curve.interval(at)
        lines.append((f"{size:,}", number(curve.means[at]), f"{number(low)} to {number(high)}"))
    low, high = curve.gain_interval
    end = float(curve.law(curve.sizes[-1]))
    would = f"{number(end + low)} to {number(end + high)}"
    lines.append((f"{2 * curve.sizes[-1]:,} (extrapolated)", number(end + curve.gain), would))
    show_table(("rows", curve.metric, "95 % interval"), lines)
    print()
    print(curve)


def _file(curve: "LearningCurve", out: Path) -> bytes:
    if out.suffix.lower() == ".png":
        from foveal.explain.figures import png_bytes

        return png_bytes(curve.plot())
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("rows", "repetition", "score"))
    rows: list[Any] = [
        (size, repeat + 1, float(score))
        for size, scores in zip(curve.sizes, curve.scores, strict=True)
        for repeat, score in enumerate(scores)
    ]
    writer.writerows(rows)
    return text.getvalue().encode()
