"""`foveal predict`: a row of output for each row or picture of input, in bounded memory."""

from pathlib import Path
from typing import Annotated

import typer

from foveal.cli.options import Debug, Model, Tta
from foveal.core.garbage import loading
from foveal.core.rules import check, choice


def predict(
    model: Model,
    inputs: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT",
            help="FILE.npy, mapped and never all in memory, FILE.npz with X, or the folder of a data set: its test "
            "part, or all rows where there is none. For a model of pictures also a folder of them, a table with their "
            "paths (.csv, .parquet), tars, or one picture; for a model of videos the same of these. For a model of "
            "texts a table, a folder of .txt files, one whose lines are texts, or a text.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE|FOLDER", help="Write to FILE, whole or not there, not to stdout; masks to FOLDER."),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", metavar="FORMAT", help="csv or jsonl; else what FILE ends in, or csv."),
    ] = None,
    proba: Annotated[bool, typer.Option("--proba", metavar="", help="Give every class's probability, too.")] = False,
    tta: Tta = None,
    sets: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="Also what holds in that share of rows: classes that may be, intervals."),
    ] = None,
    unsure: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="Withhold answers, so that at most that share of the others is wrong."),
    ] = None,
    outliers: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="Withhold those that look like nothing known; of known rows that share."),
    ] = None,
    read: Annotated[
        list[str] | None,
        typer.Option("--read", metavar="text=COLUMN", help="Texts: which column of a table holds them."),
    ] = None,
    overlay: Annotated[
        bool, typer.Option("--overlay", metavar="", help="Masks: also draw each over its picture, as a JPEG.")
    ] = False,
    instances: Annotated[
        bool,
        typer.Option("--instances", metavar="", help="Masks of background, inside, boundary: also number the objects."),
    ] = False,
    window: Annotated[
        int | None, typer.Option(metavar="PIXELS", help="Masks: answer in windows of that size; else chosen.")
    ] = None,
    overlap: Annotated[
        int | None, typer.Option(metavar="PIXELS", help="Masks: what windows share; else what the network sees.")
    ] = None,
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

    Of a model that is calibrated, as foveal train leaves it where rows are held
    out, --sets 0.9 adds set, or low and high; --unsure 0.05 and --outliers 0.05
    leave predictions out and say so in unsure, outlier and outlier_score.

    A model of masks writes one into FOLDER for each picture, a PNG of the picture's
    size whose indices are the labels; classes.csv has their colours, masks.csv the
    share of each class in each picture.

    Of interactions there are ten rows for each user of the table INPUT: user, rank,
    item, score.

    Of texts the first column is text: the file, the line or the row. A model that
    translates gives a translation for each line of INPUT, which may also be a
    text itself; FILE.txt has them line by line.

    Of a video there is a row for each second: the answers of all windows that
    the second is in, put together. Its columns are file, second, and the same.
    """
    if form is not None:
        check("--format", form, choice("csv", "jsonl"))
    with loading():
        from foveal.cli.predicting import Options, predict_into  # torch is loaded here
    from foveal.cli.honest_answers import Asked
    from foveal.cli.mask_rows import Wanted

    options = Options(form, proba, tta, strip, read, Asked(sets, unsure, outliers))
    predict_into(model, inputs, out, options, Wanted(overlay, instances, window, overlap))
