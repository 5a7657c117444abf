"""What `foveal predict` does once torch may be loaded: which rows a model is asked about, and what answers them."""

import io
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from foveal.cli.estimators import load_model
from foveal.cli.honest_answers import Asked
from foveal.cli.interactions import predict_interactions
from foveal.cli.mask_rows import Wanted
from foveal.cli.output import say
from foveal.cli.predict_clips import is_of_videos, predict_clips
from foveal.cli.predict_files import check_for_arrays, is_of_files, predict_files
from foveal.cli.predict_masks import predict_masks
from foveal.cli.predict_texts import is_of_texts, predict_texts
from foveal.cli.predict_translations import is_of_translations, predict_translations
from foveal.cli.predictions import lines, read_views
from foveal.cli.reading import read_settings, shown
from foveal.cli.row_files import form_of
from foveal.core.errors import ParameterError
from foveal.core.files import write_atomically
from foveal.data.folders import rows_to_predict
from foveal.data.input_rules import learnt_from
from foveal.fitted.model import Fitted
from foveal.fitted.predict import predict as answers


class Options(NamedTuple):
    """What is asked for beside the answers, by the names of the command's options; None or False: not asked."""

    form: str | None
    proba: bool
    tta: str | None
    strip: Path | None
    read: list[str] | None
    asked: Asked


def predict_into(model: str, inputs: Path, out: Path | None, options: Options, wanted: Wanted) -> None:
    """Answer what is in `inputs` as the model's kind and what it has learnt from ask for.

    Raises `ParameterError` for an option that has no meaning for this model.
    """
    fitted = load_model(model)
    if fitted.form[0].name == "items":
        predict_interactions(fitted, inputs, out, options.form)
        return
    views = read_views(options.tta, fitted)
    if fitted.kind.gives_masks:
        _masks(fitted, model, inputs, out, options, wanted)
        return
    _refuse_others(fitted, inputs, options, wanted)
    form, proba, asked = options.form, options.proba, options.asked
    if is_of_translations(fitted):
        _translations(fitted, inputs, out, options)
    elif is_of_texts(fitted):
        predict_texts(fitted, inputs, out, form, read_settings(options.read or []), proba=proba, asked=asked)
    elif options.read:
        raise ParameterError("--read says which column holds texts, and this model has learnt from none; leave it out")
    elif is_of_videos(fitted, inputs):
        with shown(quiet=_is_on_screen(out)) as progress:
            predict_clips(
                fitted, inputs, out, form, proba=proba, strip=options.strip, progress=progress, tta=views, beside=asked
            )
    elif is_of_files(fitted, inputs):
        with shown(quiet=_is_on_screen(out)) as progress:
            predict_files(fitted, model, inputs, out, form, proba=proba, tta=views, progress=progress, asked=asked)
    else:
        check_for_arrays(fitted, inputs)
        _arrays(fitted, inputs, out, options, views)


def _is_on_screen(out: Path | None) -> bool:
    return out is None and sys.stdout.isatty()


def _refuse_others(fitted: Fitted, inputs: Path, options: Options, wanted: Wanted) -> None:
    """Refuse what is for models of masks, or of videos, and this is none."""
    if named := [name for name, value in wanted._asdict().items() if value]:
        raise ParameterError(f"--{named[0]} is for models of masks, and this one is for {fitted.kind.name}")
    if options.strip is not None and not is_of_videos(fitted, inputs):
        sort = learnt_from(fitted.input_rule)
        why = f"{inputs} is an array" if sort == "videos" else f"this model has learnt from {sort}"
        raise ParameterError(f"--strip shows a video, and {why}; leave it out")


def _translations(fitted: Fitted, inputs: Path, out: Path | None, options: Options) -> None:
    refused = [name for name in ("proba", "read") if getattr(options, name)] + list(options.asked.told())
    if refused:
        raise ParameterError(f"--{refused[0]} has no meaning for translations; leave it out")
    predict_translations(fitted, inputs, out, options.form)


def _arrays(fitted: Fitted, inputs: Path, out: Path | None, options: Options, views: Any) -> None:
    """Write a line for each row of arrays."""
    form = form_of(out, options.form)
    if form == "parquet":
        raise ParameterError(f"--out {out}: predictions of arrays are .csv or .jsonl, Parquet is for those of files")
    X = rows_to_predict(inputs)
    text = lines(fitted, X, form, proba=options.proba, tta=views, asked=options.asked)
    if out is None:
        for part in text:
            print(part, end="")
        return
    write_atomically(out, (part.encode() for part in text))
    say(f"{len(X):,} predictions in {out}")


def _masks(fitted: Fitted, model: str, inputs: Path, out: Path | None, options: Options, wanted: Wanted) -> None:
    """Write masks: of files into a folder, of arrays into an .npy file."""
    others = {"format": options.form, "proba": options.proba, "tta": options.tta, "strip": options.strip}
    if refused := [*(name for name, value in others.items() if value), *options.asked.told()]:
        raise ParameterError(f"--{refused[0]} does not go with a model of masks; leave it out")
    if out is None:
        raise ParameterError("a model of masks writes files, and --out does not say where; give --out FOLDER")
    if is_of_files(fitted, inputs):
        with shown(quiet=False) as progress:
            predict_masks(fitted, model, inputs, out, wanted, progress)
        return
    check_for_arrays(fitted, inputs)
    if named := [name for name, value in wanted._asdict().items() if value]:
        raise ParameterError(f"--{named[0]} is for pictures in files; leave it out")
    if out.suffix != ".npy":
        raise ParameterError(f"--out must end in .npy for masks of arrays, got {str(out)!r}")
    file = io.BytesIO()
    np.save(file, answers(fitted, rows_to_predict(inputs)))
    write_atomically(out, file.getvalue())
    say(f"masks in {out}")
