"""`foveal embed`: the last features of rows, their nearest training rows, and a map of them."""

from pathlib import Path
from typing import Annotated

import typer

from foveal.cli.options import Debug, Model
from foveal.core.errors import ParameterError
from foveal.core.garbage import loading
from foveal.core.rules import check, choice

PLANES = ("pca", "tsne")


def embed(
    model: Model,
    inputs: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILES",
            help="Files as the model has learnt from, folders of them, arrays (.npy, .npz), or a data set by name: its "
            "test part.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the features go: FILE.npz or FILE.csv.")],
    near: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILES", help="Also name the nearest of these rows for each; a data set by name: its training part."
        ),
    ] = None,
    k: Annotated[int, typer.Option("--nearest", metavar="K", help="How many of them.")] = 5,
    plane: Annotated[
        Path | None, typer.Option("--map", metavar="FILE.png", help="Draw the rows as points, near where alike.")
    ] = None,
    by: Annotated[
        str, typer.Option("--map-by", metavar="HOW", help="pca (the plane in which they vary most) or tsne.")
    ] = "pca",
    debug: Debug = False,
) -> None:
    """Write the last features of MODEL for FILES: what its head reads.

    Rows that are alike to the model have similar features. An .npz file has
    features, names, predictions, and where asked for near, similarity and points;
    a .csv file a row for each. Nearest are those whose features have the largest
    cosine. The colours of the map are the model's answers. Files that cannot be
    read are told and left out.
    """
    if out.suffix.lower() not in (".npz", ".csv"):
        raise ParameterError(f"--out must end in .npz or .csv, got {str(out)!r}")
    if plane is not None and plane.suffix.lower() != ".png":
        raise ParameterError(f"--map must end in .png, got {str(plane)!r}")
    check("--map-by", by, choice(*PLANES))
    if k < 1:
        raise ParameterError(f"--nearest must be at least 1, got {k}")
    with loading():
        from foveal.cli.embed_rows import Wanted, embed_rows
        from foveal.cli.estimators import load_model  # torch is loaded here

    embed_rows(load_model(model), inputs, out, Wanted(near or [], k, plane, by))
