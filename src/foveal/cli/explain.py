"""`foveal explain`: why a model answers as it does, drawn over each picture, signal or text."""

from pathlib import Path
from typing import Annotated

import typer

from foveal.cli.options import Debug, Model
from foveal.core.choices import EXPLANATIONS
from foveal.core.errors import ParameterError
from foveal.core.garbage import loading
from foveal.core.rules import check, choice


def explain(
    model: Model,
    inputs: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILES",
            help="Files as the model has learnt from, folders of them, arrays (.npy, .npz), or a data set by name: its "
            "test part.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the pictures go, a PNG for each row.")],
    method: Annotated[
        str | None,
        typer.Option(metavar="METHOD", help=f"{', '.join(EXPLANATIONS)}; else grad_cam, or for texts occlusion."),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--class", metavar="NAME", help="The class to explain, or a value's number; else the answer."),
    ] = None,
    layer: Annotated[
        str | None, typer.Option(metavar="NAME", help="grad_cam: the layer to look at; else the last with places.")
    ] = None,
    first: Annotated[int | None, typer.Option(metavar="N", help="Explain the first N rows only.")] = None,
    debug: Debug = False,
) -> None:
    """Explain the answers of MODEL for FILES: where in each the answer comes from.

    Each row has a PNG in FOLDER, and a line on stdout: file, prediction, its
    probability, what is explained, the PNG, and the problem of a file that cannot
    be read; the others go on. Of a video the window with the surest answer is
    explained. Exit code 3 where nothing could be explained.

    grad_cam: where the last maps speak for the answer. saliency: where a small
    change would be felt most. integrated_gradients: what each place adds, red for
    and blue against. occlusion: what is lost where a window is covered.
    """
    if method is not None:
        check("--method", method, choice(*EXPLANATIONS))
    if layer is not None and method not in (None, "grad_cam"):
        raise ParameterError(f"--layer is for --method grad_cam, and this is {method}; leave it out")
    if first is not None and first < 1:
        raise ParameterError(f"--first must be at least 1, got {first}; leave it out for all rows")
    with loading():
        from foveal.cli.estimators import load_model  # torch is loaded here
    from foveal.cli.explain_rows import Wanted, explain_rows

    explain_rows(load_model(model), inputs, out, Wanted(method, target, layer, first))
