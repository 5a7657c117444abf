"""Masks of pictures in files: one PNG for each, of the size that the picture has, gone on with where it stopped."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from foveal.cli.output import say
from foveal.cli.partial import partial_rows
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
from foveal.data.images.reading.label_colours import Coloured, drawn_in
from foveal.data.images.reading.mask_rule import table_in
from foveal.data.images.reading.rule import check_rule
from foveal.data.images.records import BadPicture, Place
from foveal.data.instances import instances_of
from foveal.fitted.model import Fitted
from foveal.fitted.segmenting import labels_of, segmented
from foveal.tasks.kind import name_of

SUMMARY, CLASSES = "masks.csv", "classes.csv"
#: Endings of one file: a folder is not called so.
_FILES = (".csv", ".jsonl", ".json", ".parquet", ".png", ".jpg", ".tif", ".npy", ".npz")
#: How the third class of three may be called, where objects are told apart by it.
_BOUNDARY = ("bound", "border", "edge", "contour", "outline")


class Wanted(NamedTuple):
    """What is asked for beside masks, and how pictures are answered."""

    overlay: bool = False
    instances: bool = False
    window: Any = None
    overlap: Any = None


def predict_masks(fitted: Fitted, model: str, inputs: Path, out: Path, wanted: Wanted, progress: Progress) -> None:
    """Write a mask for each picture into a folder, a table of them, and the classes' colours.

    The same command goes on with what was done when it was broken off.
    """
    classes = classes_of(fitted)
    if wanted.instances:
        check_instances(classes)
    if out.suffix.lower() in _FILES:
        raise ParameterError(f"--out must be a folder, for a mask of each picture, got {str(out)!r}; give --out FOLDER")
    places = open_listing(inputs, labelled=False, told=progress.say).places
    if is_picture(inputs.name) and not inputs.is_dir():  # one, whose folders mean nothing
        places = tuple(place._replace(name=inputs.name) for place in places)
    stems = names_for(places)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResourceError(f"cannot write in {out}: {error.strerror}; choose another folder with --out") from error
    write_atomically(out / CLASSES, classes_csv(classes))
    bad = 0
    try:
        with partial_rows(out / SUMMARY, _of(model, places, wanted), len(places), say) as partial:
            for number in range(partial.count, len(places)):
                row = _answered(
                    fitted, places[number], stems[number], out, classes, wanted, telling=number == partial.count
                )
                partial.add([row])
                bad += row["problem"] is not None
                progress.show("predicting", number + 1 - bad, bad, len(places))
            rows = list(partial.rows())
            write_rows(out / SUMMARY, iter(rows), _columns(classes, wanted), "csv")
    except (KeyboardInterrupt, SystemExit):
        say(f"interrupted: the same command goes on with what is in {out}")
        raise
    problems = [row for row in rows if row["problem"] is not None]
    for row in problems[:50]:
        say(f"{row['file']} {row['problem']}", "warning")
    without = f"; {len(problems):,} without one, the column problem of {SUMMARY} says why" if problems else ""
    count = len(rows) - len(problems)
    say(f"{count:,} {'mask' if count == 1 else 'masks'} in {out}{without}")


def classes_of(fitted: Fitted) -> tuple[Coloured, ...]:
    """Give the classes of a model, their names and the colours that masks are written in."""
    assert fitted.problem.classes is not None  # noqa: S101  (every segmentation has them)
    labels = [int(label) for label in fitted.problem.classes.tolist()]
    names = [str(name_of(label, fitted.class_names)) for label in labels]
    return drawn_in(labels, names, table_in(fitted.data.get("masks", {})))


def check_instances(classes: Sequence[Coloured]) -> None:
    """Refuse to tell objects apart by classes that are not background, inside and boundary.

    >>> check_instances([Coloured(n, name, (n, 0, 0)) for n, name in enumerate(("sky", "road", "car"))])
    Traceback (most recent call last):
    foveal.core.errors.ParameterError: --instances is for models of background, inside and boundary, the labels 0, 1, \
2, and this one has sky, road, car; foveal.boundary_classes makes masks of them
    """
    named = classes[-1].name.lower()
    sound = [each.label for each in classes] == [0, 1, 2]
    if not sound or not (named == "2" or any(word in named for word in _BOUNDARY)):
        raise ParameterError(
            "--instances is for models of background, inside and boundary, the labels 0, 1, 2, and this one has "
            f"{', '.join(each.name for each in classes)}; foveal.boundary_classes makes masks of them"
        )


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


def _columns(classes: Sequence[Coloured], wanted: Wanted) -> list[Column]:
    shares = [Column(f"share_{each.name}", "float64") for each in classes]
    objects = [Column("objects", "int64")] if wanted.instances else []
    return [Column("file", "string"), Column("mask", "string"), Column("width", "int64"), Column("height", "int64"),
            *shares, *objects, Column("problem", "string")]  # fmt: skip


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
    row: Row = dict.fromkeys(column.name for column in _columns(classes, wanted))
    row["file"] = place.name
    try:
        pixels = unpacked(content_of(place))
        rule = check_rule(fitted.input_rule, own=True)
        x = whole(pixels, rule)
        how = {"window": wanted.window, "overlap": wanted.overlap, "telling": telling}  # what windows cost, once
        small = segmented(fitted, x, _finite(fitted), **how)
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
    shares = {f"share_{each.name}": round(float((mask == each.label).mean()), 6) for each in classes}
    return row | {"mask": f"{stem}.png", "width": width, "height": height} | shares


def _finite(fitted: Fitted) -> Any:
    """Give what makes labels of probabilities, and refuses what is none."""
    labels = labels_of(fitted)

    def finish(outputs: Tensor) -> Any:
        if not bool(outputs.isfinite().all()):
            raise BadPicture("gives outputs that are not finite: its values are too far from those of the training")
        return labels(outputs)

    return finish
