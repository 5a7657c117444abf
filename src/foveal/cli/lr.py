"""`foveal lr`: a learning rate, found by letting it rise."""

from pathlib import Path
from typing import Annotated

import typer

from foveal.cli.options import SOURCES, Debug, Json, OnBad, Read, Recipe, Settings, Source, Task, shorthands
from foveal.cli.output import check_place, number, show_facts, show_json, show_table
from foveal.cli.reading import read_settings
from foveal.cli.settings import for_files, gather
from foveal.core.errors import ParameterError
from foveal.core.files import as_path, write_atomically


def lr(
    source: Source,
    settings: Settings = None,
    recipe: Recipe = None,
    read: Read = None,
    on_bad: OnBad = None,
    low: Annotated[float, typer.Option(metavar="RATE", help="Begin with this learning rate.")] = 1e-6,
    high: Annotated[float, typer.Option(metavar="RATE", help="Rise to this learning rate.")] = 10.0,
    steps: Annotated[int, typer.Option(metavar="N", help="Steps from the one to the other.", min=10)] = 200,
    out: Annotated[Path | None, typer.Option(metavar="FILE.png", help="Draw the loss against the rate.")] = None,
    seed: Annotated[str | None, typer.Option(metavar="N", help="Of the first weights and the order; else 0.")] = None,
    task: Task = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Find a learning rate for the training part of SOURCE: a few steps, each with a larger rate.

    Where the rate is too small the loss hardly falls, where it is too large it
    rises. Suggested is a tenth of the rate at which the smoothed loss is smallest.
    It goes with the batch_size, optimizer and network that it was found with.
    """
    if out is not None and as_path(out, "--out").suffix.lower() != ".png":
        raise ParameterError(f"--out must end in .png, got {str(out)!r}; --json prints every step")
    if out is not None:
        check_place(out, "--out")
    said = gather(recipe, settings or [], shorthands(seed=seed, task=task))
    parameters = for_files({"random_state": 0} | said, named=source in SOURCES)
    from foveal.cli.searched import searched  # torch is loaded here
    from foveal.explain.figures import png_bytes
    from foveal.search.lr_finder import find_rate

    found = searched("lr", source, parameters, read_settings(read or [], on_bad), quiet=True)
    sweep = find_rate(found.estimator, found.data.X_train, found.data.y_train, low=low, high=high, steps=steps)
    if out is not None:
        write_atomically(out, png_bytes(sweep.plot()))
    if json:
        show_json({"source": source, **sweep.as_dict()})
        return
    every = max(1, len(sweep.rates) // 16)
    lines = [(f"{r:.2g}", number(s)) for r, s in list(zip(sweep.rates, sweep.smoothed, strict=True))[::every]]
    show_table(("rate", "smoothed loss"), lines)
    print()
    show_facts(
        {
            "suggested": f"--set learning_rate={sweep.suggestion:.2g}",
            "smallest loss": f"at {sweep.best_at:.2g}, ten times as large",
            "falls fastest": f"at {sweep.steepest:.2g}",
            "ended": f"after {len(sweep.rates)} steps: {sweep.ended}",
        }
    )
