"""The folder of a search, and what was asked for there. Torch-free."""

import shutil
import tomllib
from collections.abc import Container, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from foveal.cli.run_folder import remove
from foveal.cli.settings import parse_value, read_recipe, to_toml
from foveal.core.errors import ParameterError
from foveal.core.files import write_atomically
from foveal.core.parameters import PARAMETERS
from foveal.core.rules import did_you_mean
from foveal.search.space import Distribution, read_distribution

#: Files of a search, beside study.db: what was asked for, what was found, and the parameters that `foveal train` takes.
ASKED, FOUND, TRIALS, BEST = "tune.toml", "tune.json", "trials.csv", "recipe.toml"
_STUDY, _LOCK, _WORKERS = "study.db", "study.lock", "workers"
#: Environment variable of a process that another one, whose number it holds, has started to make trials.
HELPS = "FOVEAL_TUNE_HELPS"


class Asked(NamedTuple):
    """A search as it was begun. `parameters` are those that stay, `tried` texts NAME=VALUES; none: foveal's own."""

    source: str
    parameters: dict[str, Any]
    reading: dict[str, Any]
    tried: tuple[str, ...]
    trials: int
    nested: int
    seed: int


def tried_and_set(assignments: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Part what --set says into parameters to try and parameters that stay.

    >>> tried_and_set(["learning_rate=1e-4..1e-1", "n_epochs=3"])
    (('learning_rate=1e-4..1e-1',), ('n_epochs=3',))
    """
    tried = tuple(text for text in assignments if _is_tried(text.partition("=")[2]))
    return tried, tuple(text for text in assignments if text not in tried)


def space_of(tried: Sequence[str], fixed: Container[str] = ()) -> dict[str, Distribution]:
    """Read what is to be tried; refuses unknown names, and those that are tried twice or set beside it.

    >>> space_of(["batch_size=32|64"])
    {'batch_size': Choices(values=(32, 64))}
    """
    space: dict[str, Distribution] = {}
    for text in tried:
        name, _, values = text.partition("=")
        name = name.strip()
        if name not in PARAMETERS:
            raise ParameterError(f"unknown parameter {name!r}{did_you_mean(name, PARAMETERS)}")
        if name in space or name in fixed:
            raise ParameterError(f"{name} is set twice; say once what is to be tried")
        found = read_distribution(name, values, parse_value)
        assert found is not None  # noqa: S101  (tried_and_set has seen to it)
        space[name] = found
    return space


def check_free(folder: Path, *, force: bool) -> None:
    """Refuse a folder that holds a search."""
    if (folder / _STUDY).exists() and not force:
        raise ParameterError(
            f"--out {folder} holds a search; foveal tune --out {folder} --resume goes on with it, --force begins anew"
        )


def start_anew(folder: Path) -> None:
    """Remove what an earlier search has left."""
    remove(folder, _STUDY, f"{_STUDY}-journal", _LOCK, ASKED, FOUND, TRIALS, BEST)
    shutil.rmtree(folder / _WORKERS, ignore_errors=True)


def keep(folder: Path, asked: Asked) -> None:
    """Write what was asked for, so that --resume needs nothing else."""
    run = {
        "source": asked.source,
        "trials": asked.trials,
        "nested": asked.nested,
        "seed": asked.seed,
        "tried": list(asked.tried),
    }
    heading = f"# foveal tune --out {folder} --resume goes on with this search\n\n"
    text = heading + to_toml(asked.parameters | {"run": run, "read": asked.reading})
    write_atomically(folder / ASKED, text.encode())


def begun_there(folder: Path, source: str | None) -> Asked | None:
    """Read what was asked for in a folder; where a SOURCE is given there may be nothing yet: None.

    Raises `ParameterError` where there is no search, or one of another source.
    """
    path = folder / ASKED
    if not path.exists():
        if source is None:
            raise ParameterError(
                f"--resume: {folder} holds no {ASKED}, so no search was begun there; foveal tune SOURCE --out {folder} "
                "begins one"
            )
        return None
    parameters = read_recipe(path, "--resume")
    tables = tomllib.loads(path.read_text("utf-8"))
    run = tables.get("run", {})
    try:
        asked = Asked(
            str(run["source"]),
            parameters,
            tables.get("read", {}),
            tuple(map(str, run["tried"])),
            *(int(run[name]) for name in ("trials", "nested", "seed")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ParameterError(f"--resume: {path} is damaged ({error}); begin anew with --force") from error
    if source is not None and source != asked.source:
        raise ParameterError(
            f"--resume: the search in {folder} is of {asked.source}, got {source}; choose another --out"
        )
    return asked


def _is_tried(text: str) -> bool:
    low = text.partition("..")[0]
    return "|" in text or (".." in text and isinstance(parse_value(low), int | float))
