"""`foveal train`: checks first, then the training, then a folder with the model and what is known about it."""

import secrets
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from foveal.cli.mask_settings import for_masks
from foveal.cli.options import (
    SOURCES,
    Baselines,
    Colours,
    Cv,
    Debug,
    Group,
    Json,
    Masks,
    MaybeSource,
    OnBad,
    Read,
    Recipe,
    Settings,
    Task,
    shorthands,
)
from foveal.cli.parameter_help import show_parameters
from foveal.cli.reading import read_settings
from foveal.cli.resume import Begun, broken_off, check_meaning
from foveal.cli.run_folder import CONFIG, run_folder
from foveal.cli.settings import for_files, gather
from foveal.cli.verbs import Verb
from foveal.core.errors import ParameterError
from foveal.core.garbage import loading
from foveal.core.ranks import rank_of, restarted
from foveal.data.interactions.telling import is_of_interactions


class TrainCommand(Verb):
    """A command whose help goes on with the parameters that --set takes."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help, then the table of parameters."""
        super().format_help(ctx, formatter)
        show_parameters()


def train(
    source: MaybeSource = None,
    settings: Settings = None,
    recipe: Recipe = None,
    read: Read = None,
    on_bad: OnBad = None,
    masks: Masks = None,
    colours: Colours = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for the results; else runs/SOURCE, numbered where that is taken."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", metavar="", help="Replace the run in --out.")] = False,
    resume: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Go on with the run in DIR, exactly as it was begun; no SOURCE, no settings."),
    ] = None,
    epochs: Annotated[str | None, typer.Option(metavar="N", help="Short for --set n_epochs=N.")] = None,
    seed: Annotated[
        str | None, typer.Option(metavar="N", help="Short for --set random_state=N; else one is drawn and recorded.")
    ] = None,
    task: Task = None,
    validation: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Data to validate on; else valid_size of the rows is held out.")
    ] = None,
    test: Annotated[
        bool | None,
        typer.Option("--test/--no-test", metavar="", help="Measure on the test part at the end; else if there is one."),
    ] = None,
    cv: Cv = None,
    group: Group = None,
    baselines: Baselines = None,
    report: Annotated[
        bool, typer.Option("--report/--no-report", metavar="", help="Make report.html and model_card.md at the end.")
    ] = True,
    json: Json = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", metavar="", help="Print no progress and no table.")] = False,
    debug: Debug = False,
) -> None:
    """Train a network on SOURCE and leave it, with all that repeats the run, in a folder.

    The folder holds model.safetensors, history.csv, config.toml, and what is
    known of the run: results.json, and made of it report.html, a page to look at,
    and model_card.md. foveal reproduce DIR repeats the run. The test part of a
    data set is never trained on. Every few minutes the run is saved. Ctrl-C and
    SIGTERM finish a step and save it too: --resume goes on as if nothing had been.

    Rows that are held out also calibrate the model, so that its probabilities are
    honest and predict --sets, --unsure and --outliers work; --set calibration=false
    leaves that out.

    With --cv there is no model but cv.json and folds.csv: mean and 95 % interval
    over the folds, beside baselines. The test part is left alone. --resume goes
    on at the fold that was broken off.

    With --masks each pixel has a class, and a network learns to give it; --set
    patch=256 learns from patches of pictures that keep their sizes.

    Of interactions (a .inter file, or a table with a user, an item and a time) the
    last item of each user tests and the second-last validates; --read user=COLUMN,
    item= and time= name the columns.
    """
    short = shorthands(epochs=epochs, seed=seed, task=task)
    if resume is not None:
        if any((source, settings, recipe, read, on_bad, masks, colours, out, force, short, validation, cv, group)):
            raise ParameterError("--resume goes on with a run as it was begun; leave SOURCE and all settings out")
        begun = broken_off(resume)
    elif source is None:
        raise ParameterError("Missing argument 'SOURCE'; see foveal train --help")
    else:
        reading = read_settings(read or [], on_bad, group, masks, colours)
        named = source in SOURCES or is_of_interactions(source, reading)
        said = for_files(gather(recipe, settings or [], short), named=named)
        parameters, reading = for_masks(_seeded({"verbose": 1} | said), reading, validation=validation, cv=cv)
        begun = Begun(source, parameters, validation, reading, cv, baselines)
    if out is not None and rank_of() == 0 and restarted() and (out / CONFIG).exists():
        resume, begun = out, broken_off(out)  # the same command goes on
    check_meaning(begun, test=test, baselines=baselines, resume=resume)
    of_run = run_folder(resume or out, begun.source, force=force, resume=resume is not None)
    with of_run if rank_of() == 0 else nullcontext() as folder:
        if begun.cv is not None and folder is not None:
            _cross_validate(folder, begun, resume=resume is not None, json=json, quiet=quiet)
        else:
            _train(folder, begun, test=test, baselines=baselines, report=report, json=json, quiet=quiet)


def _train(
    folder: Path | None, begun: Begun, *, test: bool | None, baselines: bool | None, report: bool, json: bool,
    quiet: bool,
) -> None:  # fmt: skip
    with loading():
        from foveal.cli.training import show_result, train_into  # torch is loaded here

    if is_of_interactions(begun.source, begun.reading):
        from foveal.cli.interactions import train_on_interactions

        result, broken = train_on_interactions(
            folder, begun, test=test, quiet=quiet, baselines=baselines, report=report
        )
    else:
        result, broken = train_into(folder, begun, test=test, quiet=quiet, baselines=baselines, report=report)
    if folder is not None:
        show_result(result, json=json, quiet=quiet)
    if broken is not None:
        raise broken


def _cross_validate(folder: Path, begun: Begun, *, resume: bool, json: bool, quiet: bool) -> None:
    from foveal.cli.cross_validation import cross_validate_into, show_cross_validation

    show_cross_validation(cross_validate_into(folder, begun, resume=resume, quiet=quiet), json=json, quiet=quiet)


def _seeded(parameters: dict[str, Any]) -> dict[str, Any]:
    """Draw a seed where none is given."""
    drawn = {} if parameters.get("random_state") is not None else {"random_state": secrets.randbits(32)}
    return parameters | drawn
