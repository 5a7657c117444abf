"""What a run that was broken off says about itself, for `foveal train --resume`. Torch-free."""

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from foveal.cli.run_folder import CHECKPOINTS, CONFIG, MODEL
from foveal.cli.settings import read_recipe
from foveal.core.errors import ParameterError


class Begun(NamedTuple):
    """A run as it was begun: source, parameters, what is validated on, and how pictures are read."""

    source: str
    parameters: dict[str, Any]
    validation: str | None
    reading: dict[str, Any]


def broken_off(folder: Path) -> Begun:
    """Give the run in a folder, to go on exactly as it was begun.

    Raises `ParameterError` if no run was begun there, or the one there is finished.
    """
    config = folder / CONFIG
    if not config.is_file():
        raise ParameterError(
            f"--resume {folder}: it holds no {CONFIG}, so no run was begun there; foveal train SOURCE --out {folder} "
            "begins one"
        )
    parameters = read_recipe(config)
    tables = tomllib.loads(config.read_text("utf-8"))
    run, reading = tables.get("run", {}), tables.get("read", {})
    source, validation = run.get("source"), run.get("validation")
    if not isinstance(source, str):
        raise ParameterError(f"--resume {folder}: its {CONFIG} names no source under [run]; begin the run anew")
    if (folder / MODEL).exists() and not (folder / CHECKPOINTS).exists() and parameters.get("checkpoint") is None:
        raise ParameterError(
            f"--resume {folder}: the run there is finished; to train anew use foveal train {source} --recipe {config}"
        )
    return Begun(source, parameters, validation if isinstance(validation, str) else None, reading)
