"""Predictions of pictures in files: a row for each, bad ones with their reason, gone on with where it stopped."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from foveal.cli.honest_answers import Asked
from foveal.cli.output import say
from foveal.cli.partial import partial_rows
from foveal.cli.predictions import NOTHING, Answers
from foveal.cli.row_files import Column, Row, check_form, form_of, texts, write_rows
from foveal.cli.run_folder import model_file
from foveal.core.errors import DataError
from foveal.core.files import is_replaced
from foveal.core.shelter import sheltered
from foveal.core.version import VERSION
from foveal.data.clips.sort import VIDEOS
from foveal.data.folders import is_data_folder
from foveal.data.images.attempts import Attempts
from foveal.data.images.cache.keys import files_digest
from foveal.data.images.listing.door import open_listing
from foveal.data.images.listing.names import PICTURES, is_picture
from foveal.data.images.progress import Progress
from foveal.data.images.reading.rule import check_rule
from foveal.data.images.records import Place
from foveal.data.input_rules import learnt_from
from foveal.data.named import NAMED
from foveal.data.picture_sets import TABLES
from foveal.data.reading import check_form as check_rows
from foveal.data.rows import Rows
from foveal.data.sounds.attempts import SoundAttempts
from foveal.data.sounds.listing import is_sound, list_sounds
from foveal.data.sounds.rule import check_sound_rule, is_of_sounds
from foveal.data.volumes.attempts import VolumeAttempts, is_one, volumes_at
from foveal.data.volumes.formats import is_volume
from foveal.data.volumes.rule import check_volume_rule, is_volume_rule
from foveal.fitted.model import Fitted
from foveal.fitted.predict import answered, rows_together

_NOT_FINITE = "gives outputs that are not finite: its values are too far from those of the training"


def is_of_files(fitted: Fitted, inputs: Path) -> bool:
    """Tell whether a model is asked about files of the sort that it has learnt from: a folder, a table, or one."""
    volumes = is_volume_rule(fitted.input_rule)
    if not fitted.input_rule or (inputs.suffix.lower() in (".npy", ".npz") and not (volumes and is_one(inputs))):
        return False
    if inputs.is_dir():
        return not is_data_folder(inputs)
    one = is_one(inputs) if volumes else is_picture(inputs.name) or is_sound(inputs.name)
    return inputs.suffix.lower() in TABLES or one or not inputs.exists()


def check_for_arrays(fitted: Fitted, inputs: Path) -> None:
    """Refuse pictures in files for a model that has learnt from arrays, and data sets by name."""
    if str(inputs) in NAMED and not inputs.exists():
        raise DataError(
            f"{inputs} is a data set by name, and INPUT is a file or a folder; foveal evaluate MODEL {inputs} measures "
            "the model on it"
        )
    sort = learnt_from(fitted.input_rule)
    if fitted.input_rule and inputs.is_file() and inputs.suffix.lower() not in (".npy", ".npz"):
        raise DataError(
            f"{inputs}: the model has learnt from {sort}, and by its name this is none of them; give {sort}, or arrays "
            "(.npy, .npz)"
        )
    folder = inputs.is_dir() and not is_data_folder(inputs) and any(inputs.iterdir())
    one = any(sort.has(inputs.name) for sort in (PICTURES, VIDEOS)) or is_sound(inputs.name) or is_volume(inputs.name)
    if not fitted.input_rule and (folder or one or inputs.suffix.lower() in TABLES):
        if inputs.suffix.lower() in (".npy", ".npz"):
            return
        raise DataError(
            f"{inputs}: the model has learnt from arrays, rows {fitted.form[0].shape}, and knows no rule for "
            "files; give an .npy or .npz file, or train on pictures in files"
        )


class FilePredictions:
    """The rows of predictions for files, and what they are of."""

    def __init__(
        self,
        fitted: Fitted,
        inputs: Path,
        *,
        proba: bool,
        progress: Progress,
        tta: Any = None,
        asked: Asked = NOTHING,
    ) -> None:
        self.answers, self.progress = Answers(fitted, proba=proba, asked=asked), progress
        self.places, self.pictures = _attempts(fitted, inputs, progress)
        self.source = Rows(self.pictures)
        check_rows(self.source, fitted.form)
        self.tta, self.at_once, self.bad = tta, rows_together(fitted, self.source, tta), 0

    def columns(self) -> list[Column]:
        """List the columns."""
        return [Column("file", "string"), *self.answers.columns(), Column("problem", "string")]

    def rows(self, done: int = 0) -> Iterator[list[Row]]:
        """Predict, and give rows, some at a time, but for those that are done.

        Where a block begun by these is computed again, so that every row is answered together with the same ones.
        """
        begin = done // self.at_once * self.at_once
        self.answers.beside.look_at(self.source)
        with sheltered():
            for outputs in answered(self.answers.fitted, self.source, self.tta, begin, finite=False):
                finite = outputs.isfinite().flatten(1).all(dim=1).tolist()
                found = self.answers.rows(outputs, begin)
                rows = [self._row(begin + i, found[i], finite[i]) for i in range(len(found))]
                yield rows[max(0, done - begin) :]
                begin += len(rows)
                self.progress.show("predicting", begin - self.bad, self.bad, len(self.places))

    def of(self, model: Path) -> dict[str, Any]:
        """Say what the rows are of: going on with them has a meaning where all of it is the same."""
        with model.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        how = {"proba": self.answers.proba, "rows at once": self.at_once, "foveal": VERSION}
        how |= {} if self.tta is None else {"tta": self.tta}
        how |= self.answers.beside.asked.told()
        return {"model": digest, "list of files": files_digest(self.places), "way of predicting": how}

    def _row(self, number: int, found: Row, finite: bool) -> Row:
        problem = self.pictures.problems.pop(number, None) or (None if finite else _NOT_FINITE)
        self.bad += problem is not None
        kept = found if problem is None else dict.fromkeys(found)
        return {"file": self.places[number].name, **kept, "problem": problem}


def _attempts(fitted: Fitted, inputs: Path, progress: Progress) -> tuple[Sequence[Place], Any]:
    """List files, and give what reads them by the model's rule: an array with `problems`."""
    if is_volume_rule(fitted.input_rule):
        rule = check_volume_rule(fitted.input_rule)
        places = volumes_at(inputs, slices=len(fitted.input_shape) == 3, told=progress.say)
        return places, VolumeAttempts(places, rule)
    if is_of_sounds(fitted.input_rule):
        places = list_sounds(inputs, labelled=False, told=progress.say).places
        return places, SoundAttempts(places, check_sound_rule(fitted.input_rule))
    places = open_listing(inputs, labelled=False, told=progress.say).places
    return places, Attempts(places, check_rule(fitted.input_rule))


def predict_files(
    fitted: Fitted,
    model: str,
    inputs: Path,
    out: Path | None,
    form: str | None,
    *,
    proba: bool,
    progress: Progress,
    tta: Any = None,
    asked: Asked = NOTHING,
) -> None:
    """Write a row for each picture: to stdout, or to a file that is whole or not there.

    Where it is a file, the same command goes on with what was done when it was broken off.
    """
    form = form_of(out, form)
    check_form(form)
    made = FilePredictions(fitted, inputs, proba=proba, progress=progress, tta=tta, asked=asked)
    columns, total = made.columns(), len(made.places)
    if out is None:
        for text in texts((row for rows in made.rows() for row in rows), columns, form):
            print(text, end="")
        return
    if not is_replaced(out):
        write_rows(out, (row for rows in made.rows() for row in rows), columns, form)
        return
    target = Path(os.path.realpath(out))  # a link stays one
    try:
        with partial_rows(target, made.of(model_file(model)), total, say) as partial:
            for rows in made.rows(partial.count):
                partial.add(rows)
            bad = 0

            def counted() -> Iterator[Row]:
                nonlocal bad
                for row in partial.rows():
                    bad += row["problem"] is not None
                    yield row

            write_rows(target, counted(), columns, form)
    except (KeyboardInterrupt, SystemExit):
        say(f"interrupted: what is predicted so far is in {target}.partial; the same command goes on")
        raise
    problems = f", {bad:,} without a prediction: their column problem says why" if bad else ""
    say(f"{total:,} rows in {out}{problems}")
