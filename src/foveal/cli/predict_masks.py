"""Masks of files, gone on with where they stopped: of pictures one PNG for each, of the size that the picture has."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from foveal.cli.mask_rows import (
    Wanted,
    Work,
    check_instances,
    classes_of,
    columns_for,
    finite_labels,
    shares_in,
)
from foveal.cli.output import say
from foveal.cli.partial import partial_rows
from foveal.cli.predict_volume_masks import of_volumes
from foveal.cli.row_files import Column, Row, write_rows
from foveal.cli.run_folder import model_file
from foveal.core.errors import ParameterError, ResourceError
from foveal.core.files import write_atomically
from foveal.core.version import VERSION
from foveal.data.images.cache.keys import files_digest
from foveal.data.images.listing.door import open_listing
from foveal.data.images.listing.names import is_picture
from foveal.data.images.mask_files import classes_csv, numbers_png, overlay_jpeg, palette_png
from foveal.data.images.progress import Progress
from foveal.data.images.reading.back import back, to_look_at, whole
from foveal.data.images.reading.decode import unpacked
from foveal.data.images.reading.headers import content_of
from foveal.data.images.reading.label_colours import Coloured
from foveal.data.images.reading.rule import check_rule
from foveal.data.images.records import BadPicture, Place
from foveal.data.instances import instances_of
from foveal.data.volumes.rule import is_volume_rule
from foveal.fitted.model import Fitted
from foveal.fitted.segmenting import segmented

SUMMARY, CLASSES = "masks.csv", "classes.csv"
#: Endings of one file: a folder is not called so.
_FILES = (".nii", ".gz", ".csv", ".jsonl", ".json", ".parquet", ".png", ".jpg", ".tif", ".npy", ".npz")


def predict_masks(fitted: Fitted, model: str, inputs: Path, out: Path, wanted: Wanted, progress: Progress) -> None:
    """Write a mask for each picture or volume into a folder, a table of them, and the classes' colours.

    The same command goes on with what was done when it was broken off.
    """
    classes = classes_of(fitted)
    if wanted.instances:
        check_instances(classes)
    if out.suffix.lower() in _FILES:
        raise ParameterError(f"--out must be a folder, for a mask of each file, got {str(out)!r}; give --out FOLDER")
    work_of = of_volumes if is_volume_rule(fitted.input_rule) else of_pictures
    work = work_of(fitted, inputs, out, classes, wanted, progress)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResourceError(f"cannot write in {out}: {error.strerror}; choose another folder with --out") from error
    write_atomically(out / CLASSES, classes_csv(classes))
    try:
        rows = _answer_all(work, out, _of(model, work.places, wanted), progress)
    except (KeyboardInterrupt, SystemExit):
        say(f"interrupted: the same command goes on with what is in {out}")
        raise
    problems = [row for row in rows if row["problem"] is not None]
    for row in problems[:50]:
        say(f"{row['file']} {row['problem']}", "warning")
    without = f"; {len(problems):,} without one, the column problem of {SUMMARY} says why" if problems else ""
    count = len(rows) - len(problems)
    say(f"{count:,} {'mask' if count == 1 else 'masks'} in {out}{without}")


def _answer_all(work: Work, out: Path, of: dict[str, Any], progress: Progress) -> list[Row]:
    """Answer what is not answered yet, and write the table."""
    bad, total = 0, len(work.places)
    with partial_rows(out / SUMMARY, of, total, say) as partial:
        first = partial.count
        for number in range(first, total):
            row = work.answer(number, number == first)
            partial.add([row])
            bad += row["problem"] is not None
            progress.show("predicting", number + 1 - bad, bad, total)
        rows = list(partial.rows())
        write_rows(out / SUMMARY, iter(rows), work.columns, "csv")
    return rows


def of_pictures(
    fitted: Fitted, inputs: Path, out: Path, classes: Sequence[Coloured], wanted: Wanted, progress: Progress
) -> Work:
    """List pictures, name their masks, and give what answers each."""
    places = open_listing(inputs, labelled=False, told=progress.say).places
    if is_picture(inputs.name) and not inputs.is_dir():  # one, whose folders mean nothing
        places = tuple(place._replace(name=inputs.name) for place in places)
    stems = names_for(places)
    columns = columns_for(classes, wanted, [Column("width", "int64"), Column("height", "int64")])

    def answer(number: int, telling: bool) -> Row:
        row: Row = dict.fromkeys(column.name for column in columns)
        return row | _answered(fitted, places[number], stems[number], out, classes, wanted, telling=telling)

    return Work(places, columns, answer)


def names_for(places: Sequence[Place]) -> list[str]:
    """Name the files of masks: after the pictures without their endings, or with them where two would be the same.

    >>> names_for([Place("", "a/1.png"), Place("", "2.jpg"), Place("", "2.png")])
    ['a/1', '2.jpg', '2.png']
    """
    names = ["/".join(part for part in place.name.split("/") if part not in ("", "..")) for place in places]
    stems = [name.rpartition(".")[0] or name for name in names]
    counts = {stem: stems.count(stem) for stem in set(stems)} if len(set(stems)) < len(stems) else {}
    return [name if counts.get(stem, 1) > 1 else stem for name, stem in zip(names, stems, strict=True)]


def _of(model: str, places: Sequence[Place], wanted: Wanted) -> dict[str, Any]:
    """Say what the masks are of: going on has a meaning where all of it is the same."""
    with model_file(model).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"model": digest, "list of files": files_digest(places),
            "way of predicting": {**wanted._asdict(), "foveal": VERSION}}  # fmt: skip


def _answered(
    fitted: Fitted,
    place: Place,
    stem: str,
    out: Path,
    classes: Sequence[Coloured],
    wanted: Wanted,
    *,
    telling: bool,
) -> Row:
    """Write what is wanted of a picture, and give its row."""
    row: Row = {"file": place.name}
    try:
        pixels = unpacked(content_of(place))
        rule = check_rule(fitted.input_rule, own=True)
        x = whole(pixels, rule)
        how = {"window": wanted.window, "overlap": wanted.overlap, "telling": telling}  # what windows cost, once
        small = segmented(fitted, x, finite_labels(fitted), **how)
        height, width = pixels.values.shape[:2]
        mask = np.asarray(back(small, height, width, rule))
        shown = to_look_at(pixels) if wanted.overlay else None
    except BadPicture as bad:
        return row | {"problem": bad.reason}
    target = out / f"{stem}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, palette_png(mask, classes))
    if shown is not None:
        write_atomically(out / f"{stem}_overlay.jpg", overlay_jpeg(shown, mask, classes))
    if wanted.instances:
        numbers = instances_of(mask)
        write_atomically(out / f"{stem}_instances.png", numbers_png(numbers))
        row["objects"] = int(numbers.max())
    return row | {"mask": f"{stem}.png", "width": width, "height": height} | shares_in(mask, classes)
