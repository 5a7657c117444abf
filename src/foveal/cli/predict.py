"""`foveal predict`: a row of output for each row or picture of input, in bounded memory."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from foveal.cli.options import Debug, Model, Tta
from foveal.cli.output import say
from foveal.core.errors import ParameterError
from foveal.core.files import write_atomically
from foveal.core.garbage import loading
from foveal.core.rules import check, choice

if TYPE_CHECKING:
    from foveal.fitted.model import Fitted

Format = Literal["csv", "jsonl"]


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
    wanted = {"overlay": overlay, "instances": instances, "window": window, "overlap": overlap}
    if form is not None:
        check("--format", form, choice("csv", "jsonl"))
    with loading():
        from foveal.cli.estimators import load_model  # torch is loaded here
    from foveal.cli.honest_answers import Asked
    from foveal.cli.predict_clips import is_of_videos, predict_clips
    from foveal.cli.predict_files import check_for_arrays, is_of_files, predict_files
    from foveal.cli.predict_texts import is_of_texts
    from foveal.cli.predict_translations import is_of_translations
    from foveal.cli.predictions import read_views
    from foveal.cli.reading import shown

    fitted = load_model(model)
    if fitted.form[0].name == "items":
        from foveal.cli.interactions import predict_interactions

        predict_interactions(fitted, inputs, out, form)
        return
    views, asked = read_views(tta, fitted), Asked(sets, unsure, outliers)
    if fitted.kind.gives_masks:
        others = {"--format": form, "--proba": proba, "--tta": tta, "--strip": strip}
        others |= {f"--{name}": True for name in asked.told()}
        _masks(fitted, model, inputs, out, wanted, refused=[name for name, value in others.items() if value])
        return
    _refuse_asked(fitted, wanted, strip, inputs)
    if is_of_texts(fitted) or is_of_translations(fitted):
        _texts(fitted, inputs, out, form, read, proba=proba, asked=asked)
        return
    if read:
        raise ParameterError("--read says which column holds texts, and this model has learnt from none; leave it out")
    if is_of_videos(fitted, inputs):
        with shown(quiet=out is None and sys.stdout.isatty()) as progress:
            predict_clips(
                fitted, inputs, out, form, proba=proba, strip=strip, progress=progress, tta=views, beside=asked
            )
        return
    if is_of_files(fitted, inputs):
        with shown(quiet=out is None and sys.stdout.isatty()) as progress:
            predict_files(fitted, model, inputs, out, form, proba=proba, tta=views, progress=progress, asked=asked)
        return
    check_for_arrays(fitted, inputs)
    _arrays(fitted, inputs, out, form, proba=proba, tta=views, asked=asked)


def _texts(
    fitted: "Fitted",
    inputs: Path,
    out: Path | None,
    form: str | None,
    read: list[str] | None,
    *,
    proba: bool,
    asked: Any,
) -> None:
    """Predict or translate texts."""
    from foveal.cli.predict_texts import predict_texts
    from foveal.cli.predict_translations import is_of_translations, predict_translations
    from foveal.cli.reading import read_settings

    if not is_of_translations(fitted):
        predict_texts(fitted, inputs, out, form, read_settings(read or []), proba=proba, asked=asked)
        return
    refused = [*(["proba"] if proba else []), *(["read"] if read else []), *asked.told()]
    if refused:
        raise ParameterError(f"--{refused[0]} has no meaning for translations; leave it out")
    predict_translations(fitted, inputs, out, form)


def _refuse_asked(fitted: "Fitted", wanted: dict[str, Any], strip: Path | None, inputs: Path) -> None:
    """Refuse what is for models of masks, or of videos, and this is none."""
    from foveal.cli.predict_clips import is_of_videos
    from foveal.data.input_rules import learnt_from

    sort = learnt_from(fitted.input_rule)
    if asked := [name for name, value in wanted.items() if value]:
        raise ParameterError(f"--{asked[0]} is for models of masks, and this one is for {fitted.kind.name}")
    if strip is not None and not is_of_videos(fitted, inputs):
        why = f"{inputs} is an array" if sort == "videos" else f"this model has learnt from {sort}"
        raise ParameterError(f"--strip shows a video, and {why}; leave it out")


def _arrays(
    fitted: "Fitted", inputs: Path, out: Path | None, form: str | None, *, proba: bool, tta: Any, asked: Any
) -> None:
    """Predict rows of arrays."""
    from foveal.cli.predictions import lines
    from foveal.cli.row_files import form_of
    from foveal.data.folders import rows_to_predict

    form = form_of(out, form)
    if form == "parquet":
        raise ParameterError(f"--out {out}: predictions of arrays are .csv or .jsonl, Parquet is for those of files")
    X = rows_to_predict(inputs)
    text = lines(fitted, X, cast("Format", form), proba=proba, tta=tta, asked=asked)
    if out is None:
        for part in text:
            print(part, end="")
        return
    write_atomically(out, (part.encode() for part in text))
    say(f"{len(X):,} predictions in {out}")


def _masks(
    fitted: "Fitted", model: str, inputs: Path, out: Path | None, wanted: dict[str, Any], refused: list[str]
) -> None:
    """Predict masks: of pictures into a folder, of arrays into an .npy file."""
    from foveal.cli.mask_rows import Wanted
    from foveal.cli.predict_files import check_for_arrays, is_of_files
    from foveal.cli.predict_masks import predict_masks
    from foveal.cli.reading import shown

    if refused:
        raise ParameterError(f"{refused[0]} does not go with a model of masks; leave it out")
    if out is None:
        raise ParameterError("a model of masks writes files, and --out does not say where; give --out FOLDER")
    if is_of_files(fitted, inputs):
        with shown(quiet=False) as progress:
            predict_masks(fitted, model, inputs, out, Wanted(**wanted), progress)
        return
    check_for_arrays(fitted, inputs)
    if asked := [name for name, value in wanted.items() if value]:
        raise ParameterError(f"--{asked[0]} is for pictures in files; leave it out")
    _array_masks(fitted, inputs, out)


def _array_masks(fitted: "Fitted", inputs: Path, out: Path) -> None:
    import io

    import numpy as np

    from foveal.data.folders import rows_to_predict
    from foveal.fitted.predict import predict as answers

    if out.suffix != ".npy":
        raise ParameterError(f"--out must end in .npy for masks of arrays, got {str(out)!r}")
    file = io.BytesIO()
    np.save(file, answers(fitted, rows_to_predict(inputs)))
    write_atomically(out, file.getvalue())
    say(f"masks in {out}")
