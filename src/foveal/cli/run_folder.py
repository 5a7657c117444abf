"""The folder of a training run: found and tried before the training, filled after it."""

import csv
import io
import json
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, count
from pathlib import Path
from typing import Any

from foveal.cli.settings import to_toml
from foveal.core.checkpoints import remove_checkpoints
from foveal.core.errors import DivergedError, ModelFileError, ParameterError, ResourceError
from foveal.core.files import write_atomically

MODEL, CONFIG, HISTORY, RESULTS = "model.safetensors", "config.toml", "history.csv", "results.json"
REPORT = "report.html"
#: What a cross-validation leaves: all of it, and a line a fold.
CV, FOLDS = "cv.json", "folds.csv"
#: Where a run is saved while it lasts.
CHECKPOINTS = "checkpoints"
_PROBE = ".foveal-training"


@contextmanager
def run_folder(out: Path | None, source: str, *, force: bool, resume: bool = False) -> Iterator[Path]:
    """Give the folder of a run, one that can be written to; what was made for nothing is removed again.

    Without `out` it is runs/SOURCE, or runs/SOURCE-2 and so on where that one is not empty. An `out` that holds a
    run is refused with `ParameterError` unless `force` or `resume`, one that cannot be written to with `ResourceError`.
    """
    folder = _next(Path("runs", Path(source).resolve().stem)) if out is None else out  # resolved: it may be ".."
    if not (force or resume):
        _check_free(folder)
    probe, made = folder / _PROBE, [part for part in (folder, *folder.parents) if not part.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()  # it also tells a second run without --out that this folder is taken
    except OSError as error:
        raise ResourceError(f"cannot write in {folder}: {error.strerror}; choose another folder with --out") from error
    try:
        if force and (folder / CHECKPOINTS).exists():
            remove_checkpoints(folder / CHECKPOINTS)
        yield folder
    finally:
        probe.unlink(missing_ok=True)
        for part in made:
            with suppress(OSError):  # it is not empty
                part.rmdir()


def _check_free(folder: Path) -> None:
    """Refuse a folder that holds a run that may go on, or a model."""
    if (folder / CHECKPOINTS).exists():
        raise ParameterError(
            f"--out {folder} holds a run that is not finished; foveal train --resume {folder} goes on with it, --force "
            "begins anew"
        )
    finished = folds_finished(folder)
    if finished is False:
        raise ParameterError(
            f"--out {folder} holds a cross-validation that is not finished; foveal train --resume {folder} goes on "
            "with it, --force begins anew"
        )
    held = MODEL if (folder / MODEL).exists() else CV if finished else ""
    if not held and not (folder / CONFIG).exists():  # somebody else's
        held = next((name for name in (RESULTS, REPORT) if (folder / name).exists()), "")
    if held:
        raise ParameterError(f"--out {folder} already holds a {held}; choose another folder, or --force to replace it")


def folds_finished(folder: Path) -> bool | None:
    """Tell whether the cross-validation in a folder is finished; None where there is none."""
    try:
        return json.loads((folder / CV).read_text("utf-8"))["finished"] is True
    except OSError:
        return None
    except (ValueError, KeyError, TypeError):  # damaged: --resume says so
        return False


def _next(folder: Path) -> Path:
    numbered = (folder.with_name(f"{folder.name}-{number}") for number in count(2))
    return next(path for path in chain((folder,), numbered) if _is_free(path))


def _is_free(path: Path) -> bool:
    return not path.exists() or (path.is_dir() and not any(path.iterdir()))


def remove(folder: Path, *names: str) -> None:
    """Remove files of an earlier run, where they are there."""
    for name in names:
        (folder / name).unlink(missing_ok=True)


def drop_checkpoints(folder: Path, parameters: Mapping[str, Any], broken: BaseException | None) -> None:
    """Remove what a run goes on from, once it is over: also where it diverged, as it would do so again.

    What the user has named himself stays.
    """
    if (broken is None or isinstance(broken, DivergedError)) and parameters.get("checkpoint") is None:
        with suppress(ResourceError):  # somebody goes on with it already
            remove_checkpoints(folder / CHECKPOINTS)


def write_config(folder: Path, values: Mapping[str, Any]) -> None:
    """Write parameters and records so that `--recipe config.toml` repeats the run."""
    validation = " --validation VALIDATION" if values.get("run", {}).get("validation") else ""
    cv = " --cv CV" if values.get("run", {}).get("cv") else ""
    again = f"foveal train SOURCE --recipe config.toml{validation}{cv}"
    heading = f"# {again} repeats this run; what is in capitals stands under [run]\n\n"
    write_atomically(folder / CONFIG, (heading + to_toml(values)).encode())


def write_history(folder: Path, history: Mapping[str, Sequence[float]]) -> None:
    """Write a line an epoch; a cell is empty where nothing was measured."""
    write_table(folder / HISTORY, history)


def write_table(path: Path, columns: Mapping[str, Sequence[Any]]) -> None:
    """Write columns as CSV; a cell is empty where a number is none."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([["" if v != v else v for v in row] for row in zip(*columns.values(), strict=True)])
    write_atomically(path, text.getvalue().encode())


def model_file(model: str | os.PathLike[str]) -> Path:
    """Find the model file that a path means: itself, or the one in the folder of a run."""
    path = Path(model)
    if path.is_dir():
        path /= MODEL
        if not path.is_file():
            raise ModelFileError(f"{model} holds no {MODEL}; give a model file, or the folder of a training run")
    return path


def class_names(model: Path) -> tuple[str, ...] | None:
    """Read the names of the classes 0, 1, 2 ... that the config beside a model may hold."""
    try:
        names = tomllib.loads((model.parent / CONFIG).read_text("utf-8"))["run"]["class_names"]
    except (OSError, ValueError, KeyError, TypeError):  # no config, or one that says nothing
        return None
    return tuple(map(str, names)) if isinstance(names, list) else None
