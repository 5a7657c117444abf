"""`foveal predict`: a row of output for each row of input, in bounded memory."""

from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from foveal.cli.options import Debug, Model
from foveal.cli.output import say
from foveal.core.files import write_atomically
from foveal.core.rules import check, choice

Format = Literal["csv", "jsonl"]


def predict(
    model: Model,
    inputs: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT",
            help="FILE.npy, mapped and never all in memory, FILE.npz with X, or the folder of a data set: its test "
            "part, or all rows where there is none.",
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write to FILE, which is whole or not there, not to stdout.")
    ] = None,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="csv or jsonl.")] = "csv",
    proba: Annotated[bool, typer.Option("--proba", metavar="", help="Give every class's probability, too.")] = False,
    debug: Debug = False,
) -> None:
    """Predict the rows of INPUT with MODEL.

    The columns are row, prediction and, for classes, probability; with --proba
    also p_CLASS for each class. Classes go by their names where the folder of the
    model knows them. Several values a row are prediction_0, prediction_1 ...
    """
    check("--format", form, choice("csv", "jsonl"))
    from foveal.cli.estimators import load_model  # torch is loaded here
    from foveal.cli.predictions import lines
    from foveal.data.folders import rows_to_predict

    fitted = load_model(model)
    X = rows_to_predict(inputs)
    text = lines(fitted, X, cast("Format", form), proba=proba)
    if out is None:
        for part in text:
            print(part, end="")
        return
    write_atomically(out, (part.encode() for part in text))
    say(f"{len(X):,} predictions in {out}")
