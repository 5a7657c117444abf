"""`foveal tune`: parameters are tried, and what was chosen is measured on rows that no trial has seen."""

import os
import secrets
from pathlib import Path
from typing import Annotated, Any

import typer

from foveal.cli.options import (
    SOURCES,
    Debug,
    Group,
    Json,
    MaybeSource,
    OnBad,
    Read,
    Recipe,
    Task,
    Tried,
    shorthands,
)
from foveal.cli.reading import read_settings
from foveal.cli.run_folder import run_folder
from foveal.cli.settings import for_files, gather
from foveal.cli.tune_folder import HELPS, Asked, begun_there, check_free, space_of, start_anew, tried_and_set
from foveal.core.errors import ParameterError
from foveal.core.garbage import loading
from foveal.data.interactions.telling import is_of_interactions
from foveal.search.space import check_space

#: Sets of values that are tried where nothing is said.
TRIALS_USUAL = 30


def tune(
    source: MaybeSource = None,
    settings: Tried = None,
    trials: Annotated[
        int | None, typer.Option(metavar="N", help="Sets of values that are tried; else 30.", min=1)
    ] = None,
    nested: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            help="1, the default: a fifth of the rows tells at the end what the choice is worth. More: K folds, with a "
            "search each and one on all rows, K + 1 times as long.",
            min=1,
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option(metavar="N", help="Processes that try at once, and share the threads.", min=1)
    ] = 1,
    recipe: Recipe = None,
    read: Read = None,
    on_bad: OnBad = None,
    group: Group = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for the search; else runs/SOURCE-tune, numbered where that is taken."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", metavar="", help="Replace the search in --out.")] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            metavar="",
            help="Go on with the search in --out, or help it; SOURCE and the rest may be left out.",
        ),
    ] = False,
    epochs: Annotated[str | None, typer.Option(metavar="N", help="Short for --set n_epochs=N.")] = None,
    seed: Annotated[
        str | None, typer.Option(metavar="N", help="Of the whole search; else one is drawn and recorded.")
    ] = None,
    task: Task = None,
    json: Json = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", metavar="", help="Print no progress and no table.")] = False,
    debug: Debug = False,
) -> None:
    """Search for parameters on the training part of SOURCE, and say honestly what was found.

    Each trial trains a network; a part of the rows chooses, and trials that do worse
    than half of the others are ended early. The best score on those rows is too good,
    so the choice is trained anew and measured on rows that no trial has seen. The
    test part is left alone.

    The folder holds study.db, trials.csv, tune.json and recipe.toml; foveal train
    SOURCE --recipe recipe.toml trains with what was chosen. A search that is killed
    goes on with --resume, no trial lost or made twice; the same command, begun once
    more, helps one that runs.
    """
    if resume and force:
        raise ParameterError("--resume goes on with a search, --force begins anew; leave one of them out")
    if resume and out is None:
        raise ParameterError("--resume needs to know where: foveal tune --out DIR --resume")
    if source is None and not resume:
        raise ParameterError("Missing argument 'SOURCE'; see foveal tune --help")
    if source is None and any((settings, nested, recipe, read, on_bad, group, epochs, seed, task)):
        raise ParameterError("--resume without SOURCE goes on as it was begun; leave all settings out")
    there = begun_there(out, source) if resume and out is not None else None
    reading = read_settings(read or [], on_bad, group)
    short = shorthands(epochs=epochs, task=task)
    new = None if source is None else _asked(source, settings or [], recipe, short, reading, nested, seed)
    asked = _joined(new, there, trials)
    if out is not None and not resume:
        check_free(out, force=force)
    with run_folder(out, f"{Path(asked.source).resolve().stem}-tune", force=force, resume=resume) as folder:
        if force:
            start_anew(folder)
        _search(folder, asked, jobs=jobs, json=json, quiet=quiet)


def _asked(
    source: str,
    settings: list[str],
    recipe: str | None,
    short: dict[str, tuple[str, Any]],
    reading: dict[str, Any],
    nested: int | None,
    seed: str | None,
) -> Asked:
    """Read what is asked for, and check what can be without the data; a seed of -1 is still to be drawn."""
    if is_of_interactions(source, reading):
        raise ParameterError("foveal tune takes rows with classes, labels, values or masks, not interactions")
    tried, fixed = tried_and_set(settings)
    if tried:
        check_space(space_of(tried, {name for name, _ in short.values()}))
    parameters = for_files(gather(recipe, fixed, short), named=source in SOURCES)
    for name in ("random_state", "checkpoint"):
        if parameters.get(name) is not None:
            raise ParameterError(f"{name} is each trial's own; leave it out (--seed is the search's)")
    return Asked(source, parameters, reading, tried, TRIALS_USUAL, nested or 1, _seed(seed))


def _joined(new: Asked | None, there: Asked | None, trials: int | None) -> Asked:
    """Give the search that is asked for: a new one, or one that is there, with more trials if so many are wanted."""
    asked = new or there
    assert asked is not None  # noqa: S101  (tune has refused to have neither)
    if there is not None:
        asked = asked._replace(trials=there.trials, seed=there.seed if asked.seed < 0 else asked.seed)
    elif asked.seed < 0:
        asked = asked._replace(seed=secrets.randbits(31))
    return asked if trials is None else asked._replace(trials=trials)


def _search(folder: Path, asked: Asked, *, jobs: int, json: bool, quiet: bool) -> None:
    with loading():
        from foveal.cli.tuning import help_search, show_tuned, tune_into  # torch is loaded here

    if HELPS in os.environ:
        help_search(folder, asked)
        return
    show_tuned(tune_into(folder, asked, jobs=jobs, quiet=quiet or json), json=json, quiet=quiet)


def _seed(seed: str | None) -> int:
    if seed is None:
        return -1
    value: Any = gather(None, [], shorthands(seed=seed))["random_state"]
    if value is None:
        raise ParameterError("--seed must be an integer of at least 0, got none; leave it out, and one is drawn")
    return int(value)
