"""What masks of files have in common, of pictures and of volumes: the classes, what is asked, what makes labels."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from torch import Tensor

from foveal.cli.row_files import Column, Row
from foveal.core.errors import ParameterError
from foveal.data.images.reading.label_colours import Coloured, drawn_in
from foveal.data.images.reading.mask_rule import table_in
from foveal.data.images.records import BadPicture, Place
from foveal.fitted.model import Fitted
from foveal.fitted.segmenting import labels_of
from foveal.tasks.kind import name_of

#: How the third class of three may be called, where objects are told apart by it.
_BOUNDARY = ("bound", "border", "edge", "contour", "outline")


class Wanted(NamedTuple):
    """What is asked for beside masks, and how files are answered."""

    overlay: bool = False
    instances: bool = False
    window: Any = None
    overlap: Any = None


class Work(NamedTuple):
    """Files to be answered: where they lie, the columns of their rows, and what answers one by its number.

    The answer is told what windows cost the first time, and not again.
    """

    places: Sequence[Place]
    columns: list[Column]
    answer: Callable[[int, bool], Row]


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


def columns_for(classes: Sequence[Coloured], wanted: Wanted, sizes: Sequence[Column]) -> list[Column]:
    """List the columns of the table of masks."""
    shares = [Column(f"share_{each.name}", "float64") for each in classes]
    objects = [Column("objects", "int64")] if wanted.instances else []
    return [Column("file", "string"), Column("mask", "string"), *sizes, *shares, *objects, Column("problem", "string")]


def shares_in(mask: Any, classes: Sequence[Coloured]) -> Row:
    """Give the share of each class in a mask."""
    return {f"share_{each.name}": round(float((mask == each.label).mean()), 6) for each in classes}


def finite_labels(fitted: Fitted) -> Callable[[Tensor], Any]:
    """Give what makes labels of probabilities, and refuses what is none."""
    labels = labels_of(fitted)

    def finish(outputs: Tensor) -> Any:
        if not bool(outputs.isfinite().all()):
            raise BadPicture("gives outputs that are not finite: its values are too far from those of the training")
        return labels(outputs)

    return finish
