"""What a run that was broken off says about itself, for `foveal train --resume`. Torch-free."""

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from foveal.cli.run_folder import CHECKPOINTS, CONFIG, MODEL, folds_finished
from foveal.cli.settings import read_recipe
from foveal.core.errors import ParameterError
from foveal.core.ranks import processes


class Begun(NamedTuple):
    """A run as it was begun: source, parameters, what is validated on, and how pictures are read.

    `cv` are the folds of a cross-validation, and `baselines` whether they stand beside.
    """

    source: str
    parameters: dict[str, Any]
    validation: str | None
    reading: dict[str, Any]
    cv: str | None = None
    baselines: bool | None = None


def begun_in(folder: Path, asked: str = "--resume") -> Begun:
    """Read from its config how the run in a folder was begun; raises `ParameterError` where none was."""
    config = folder / CONFIG
    if not config.is_file():
        raise ParameterError(
            f"{asked} {folder}: it holds no {CONFIG}, so no run was begun there; foveal train SOURCE --out {folder} "
            "begins one"
        )
    parameters = read_recipe(config, asked)
    tables = tomllib.loads(config.read_text("utf-8"))
    run, reading = tables.get("run", {}), tables.get("read", {})
    source, validation = run.get("source"), run.get("validation")
    if not isinstance(source, str):
        raise ParameterError(f"{asked} {folder}: its {CONFIG} names no source under [run]; begin the run anew")
    validation = validation if isinstance(validation, str) else None
    return Begun(source, parameters, validation, reading, run.get("cv"), run.get("baselines"))


def broken_off(folder: Path) -> Begun:
    """Give the run in a folder, to go on exactly as it was begun.

    Raises `ParameterError` if no run was begun there, or the one there is finished.
    """
    begun = begun_in(folder)
    source, config = begun.source, folder / CONFIG
    if (folder / MODEL).exists() and not (folder / CHECKPOINTS).exists() and begun.parameters.get("checkpoint") is None:
        raise ParameterError(
            f"--resume {folder}: the run there is finished; to train anew use foveal train {source} --recipe {config}"
        )
    if begun.cv is not None and folds_finished(folder):
        raise ParameterError(
            f"--resume {folder}: the cross-validation there is finished; to begin anew use foveal train {source} --cv "
            f"{begun.cv} --recipe {config}"
        )
    return begun


def check_meaning(begun: Begun, *, test: bool | None, baselines: bool | None, resume: Path | None) -> None:
    """Refuse what has no meaning beside --cv."""
    if begun.cv is None:
        return
    if begun.validation is not None:
        raise ParameterError(
            "--validation has no meaning with --cv, which tests on every row of SOURCE; leave one of them out"
        )
    if test:
        raise ParameterError("--test has no meaning with --cv, which leaves the test part alone; leave one of them out")
    if resume is not None and baselines is not None:
        raise ParameterError(
            "--baselines and --no-baselines are settings of a cross-validation, and --resume goes on with it as it was "
            "begun; leave them out"
        )
    if processes() > 1:
        raise ParameterError("--cv trains in one process; start it without torchrun")
