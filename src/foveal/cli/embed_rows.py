"""The last features of rows in a file, with their nearest rows, and drawn in a plane."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from foveal.cli.output import say
from foveal.cli.predictions import Answers
from foveal.cli.row_files import text_of
from foveal.cli.rows_named import named_rows
from foveal.core.errors import DataError
from foveal.core.files import write_atomically
from foveal.core.shelter import sheltered
from foveal.explain.charts import plane_chart
from foveal.explain.features import Nearest, Plane, nearest, neighbour_plane, principal_plane
from foveal.explain.figures import png_bytes
from foveal.fitted.last_features import features_of
from foveal.fitted.model import Fitted
from foveal.fitted.predict import answered


class Wanted(NamedTuple):
    """What is asked for beside features: rows to look among, how many of these, a picture, and how it is found."""

    near: Sequence[Path] = ()
    k: int = 5
    plane: Path | None = None
    by: str = "pca"


class Embedded(NamedTuple):
    """Rows by name: their features (N, D), and the answers for them."""

    names: list[str]
    features: np.ndarray
    answers: list[str]


def embed_rows(fitted: Fitted, inputs: Sequence[Path], out: Path, wanted: Wanted) -> None:
    """Write features, and what else is wanted; raises `DataError` where no row could be read."""
    found = _embedded(fitted, inputs)
    features = torch.from_numpy(found.features)
    plane = None
    if wanted.plane is not None:  # first: where it cannot be found nothing is written
        plane = principal_plane(features) if wanted.by == "pca" else neighbour_plane(features)
    among = _embedded(fitted, wanted.near, training=True) if wanted.near else None
    near = None if among is None else nearest(features, torch.from_numpy(among.features), wanted.k)
    near_names = None if among is None or near is None else np.array(among.names)[near.rows.numpy()]
    if out.suffix.lower() == ".npz":
        write_atomically(out, _npz(found, near_names, near, plane))
    else:
        write_atomically(out, _csv(found, near_names, near, plane).encode())
    say(f"{len(found.names):,} rows of {found.features.shape[1]:,} features in {out}")
    if plane is not None and wanted.plane is not None:
        kept = "" if plane.share is None else f", which keeps {plane.share:.0%} of their variance"
        title = f"last features by {plane.method}{kept}; colours: the model's answers"
        labels = found.answers if fitted.problem.one_class else None
        write_atomically(wanted.plane, png_bytes(plane_chart(plane.points.numpy(), labels, title)))
        say(f"{wanted.plane}: {plane.method}{kept}")


def _embedded(fitted: Fitted, inputs: Sequence[Path], *, training: bool = False) -> Embedded:
    answers, names, features, told, bad = Answers(fitted, proba=False), list[str](), [], list[str](), 0
    for each in named_rows(fitted, inputs, training=training):
        if each.rows is None:
            bad += 1
            say(f"{each.name}: {each.problem}", "warning")
            continue
        features.append(features_of(fitted, each.rows))
        count = len(each.rows)
        names += each.names_of_rows()
        if fitted.kind.each_place:
            told += [""] * count
            continue
        with sheltered():
            for outputs in answered(fitted, each.rows):
                told += [str(row["prediction"]) for row in answers.rows(outputs)]
    if not features:
        raise DataError(f"none of the {bad:,} files could be read; the warnings say why")
    return Embedded(names, np.concatenate(features), told)


def _npz(found: Embedded, near: Any, nearest: Nearest | None, plane: Plane | None) -> bytes:
    arrays = {"features": found.features, "names": np.array(found.names), "predictions": np.array(found.answers)}
    if nearest is not None:
        arrays |= {"near": near, "similarity": nearest.similarity.numpy()}
    if plane is not None:
        arrays |= {"points": plane.points.numpy()}
    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]
    return content.getvalue()


def _csv(found: Embedded, near: Any, nearest: Nearest | None, plane: Plane | None) -> str:
    header = ["file", "prediction", *(f"feature_{i}" for i in range(found.features.shape[1]))]
    k = 0 if nearest is None else nearest.rows.shape[1]
    header += [f"{what}_{i + 1}" for i in range(k) for what in ("near", "similarity")]
    header += [] if plane is None else ["x", "y"]
    rows: list[list[Any]] = [header]
    for number, name in enumerate(found.names):
        row: list[Any] = [name, found.answers[number], *(str(value) for value in found.features[number])]
        for i in range(k):
            assert nearest is not None  # noqa: S101  (k is 0 without)
            row += [near[number, i], float(nearest.similarity[number, i])]
        rows.append(row if plane is None else [*row, *plane.points[number].tolist()])
    return text_of(rows)
