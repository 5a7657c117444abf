"""`foveal predict`: a row of output for each row or picture of input, in bounded memory."""

import sys
from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from foveal.cli.options import Debug, Model, Tta
from foveal.cli.output import say
from foveal.core.errors import ParameterError
from foveal.core.files import write_atomically
from foveal.core.garbage import loading
from foveal.core.rules import check, choice

Format = Literal["csv", "jsonl"]


def predict(
    model: Model,
    inputs: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT",
            help="FILE.npy, mapped and never all in memory, FILE.npz with X, or the folder of a data set: its test "
            "part, or all rows where there is none. For a model of pictures also a folder of them, a table with their "
            "paths (.csv, .parquet), tars, or one picture; for a model of videos the same of these.",
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write to FILE, which is whole or not there, not to stdout.")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", metavar="FORMAT", help="csv or jsonl; else what FILE ends in, or csv."),
    ] = None,
    proba: Annotated[bool, typer.Option("--proba", metavar="", help="Give every class's probability, too.")] = False,
    tta: Tta = None,
    strip: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png", help="Of a video also draw a picture a second with its answer, into FILE.png."
        ),
    ] = None,
    debug: Debug = False,
) -> None:
    """Predict the rows of INPUT with MODEL.

    The columns are row, prediction and, for classes, probability; with --proba
    also p_CLASS for each class. Classes go by their names where the folder of the
    model knows them. Several values a row are prediction_0, prediction_1 ...

    Of pictures the first column is file, not row, and the last is problem: one that
    cannot be read has a row with the reason, and no prediction. FILE may end in
    .csv, .jsonl or .parquet. A command that was broken off is given once more, and
    goes on with the rows in FILE.partial.

    Of a video there is a row for each second: the answers of all windows that
    the second is in, put together. Its columns are file, second, and the same.
    """
    if form is not None:
        check("--format", form, choice("csv", "jsonl"))
    with loading():
        from foveal.cli.estimators import load_model  # torch is loaded here
    from foveal.cli.predict_clips import is_of_videos, predict_clips
    from foveal.cli.predict_files import check_for_arrays, is_of_files, predict_files
    from foveal.cli.predictions import lines, read_views
    from foveal.cli.reading import shown
    from foveal.cli.row_files import form_of
    from foveal.data.folders import rows_to_predict

    fitted = load_model(model)
    views = read_views(tta, fitted)
    if strip is not None and not is_of_videos(fitted, inputs):
        raise ParameterError(f"--strip shows a video, and MODEL has not learnt from videos, or {inputs} is an array")
    if is_of_videos(fitted, inputs):
        with shown(quiet=out is None and sys.stdout.isatty()) as progress:
            predict_clips(fitted, inputs, out, form, proba=proba, strip=strip, progress=progress, tta=views)
        return
    if is_of_files(fitted, inputs):
        with shown(quiet=out is None and sys.stdout.isatty()) as progress:
            predict_files(fitted, model, inputs, out, form, proba=proba, tta=views, progress=progress)
        return
    check_for_arrays(fitted, inputs)
    form = form_of(out, form)
    if form == "parquet":
        raise ParameterError(f"--out {out}: predictions of arrays are .csv or .jsonl, Parquet is for those of files")
    X = rows_to_predict(inputs)
    text = lines(fitted, X, cast("Format", form), proba=proba, tta=views)
    if out is None:
        for part in text:
            print(part, end="")
        return
    write_atomically(out, (part.encode() for part in text))
    say(f"{len(X):,} predictions in {out}")
