"""`results.json`: all that is known of a run, the one origin of every figure that is told of it.

Page, model card, comparison of runs and reproduction read it and nothing else; pictures that it names lie beside it.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from jinja2 import UndefinedError
from torch import nn

from foveal.core.errors import ModelFileError

#: The file, and the version of what stands in it: a reader refuses a later one.
RESULTS, FORMAT = "results.json", 1
#: What every run has, and of which sort it is.
_ALWAYS = {"source": str, "estimator": str, "metric": str, "epochs": int, "history": dict, "environment": dict}


def read_results(folder: Path) -> dict[str, Any]:
    """Read what is known of the run in a folder, or in a file.

    Raises `ModelFileError` where there is nothing, where it is no such file, and where a later foveal has written it.
    """
    path = folder / RESULTS if folder.is_dir() else folder
    try:
        if not path.is_file():  # there is nothing, or a pipe that would be waited for
            raise FileNotFoundError(path)
        found = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ModelFileError(f"{folder} holds no {RESULTS}; give the folder of a run of foveal train") from error
    except ValueError as error:
        raise ModelFileError(f"{path} is damaged: it is no JSON ({error}); train again") from error
    if not isinstance(found, dict) or not isinstance(found.get("format"), int):
        raise ModelFileError(f"{path} was not written by foveal train of this version; train again")
    if found["format"] > FORMAT:
        raise ModelFileError(
            f"{path} has format {found['format']}, and this foveal reads up to {FORMAT}; install a newer foveal"
        )
    for name, sort in _ALWAYS.items():
        if not isinstance(found.get(name), sort):
            raise ModelFileError(f"{path} is damaged: {name} is missing, or of another sort than foveal writes")
    return found


def read_report(folder: Path) -> dict[str, Any]:
    """Read the results of a run that a report was gathered for; raises `ModelFileError` of another."""
    found = read_results(folder)
    if "findings" not in found:
        raise ModelFileError(
            f"{folder} holds results without a report: it was made with --no-report, or broken off; foveal train "
            f"--resume {folder} goes on where it is not finished, foveal train SOURCE --recipe {folder}/config.toml "
            "trains anew"
        )
    return found


@contextmanager
def read_from(run: Path | str) -> Iterator[None]:
    """Say of results that have other values than foveal writes that they are damaged: raises `ModelFileError`."""
    try:
        yield
    except (TypeError, LookupError, AttributeError, UndefinedError) as error:
        raise ModelFileError(
            f"{RESULTS} of {run} is damaged: something in it is missing, or of another sort than foveal writes "
            f"({error}); train again"
        ) from error


def value_at(results: Mapping[str, Any], path: str) -> Any:
    """Give what stands at a path of names and numbers, with dots between; None where nothing does.

    >>> value_at({"test": {"scores": [0.5, 0.75]}}, "test.scores.-1"), value_at({"k=1.5": {"score": 1}}, "k=1.5.score")
    (0.75, 1)
    """
    return _at(results, path.split("."))


def _at(value: Any, parts: list[str]) -> Any:
    """Follow the parts of a path; names may hold dots themselves."""
    if not parts:
        return value
    if isinstance(value, Mapping):
        lengths = (n for n in range(len(parts), 0, -1) if ".".join(parts[:n]) in value)
        n = next(lengths, 0)
        return _at(value[".".join(parts[:n])], parts[n:]) if n else None
    if isinstance(value, list | tuple) and parts[0].lstrip("-").isdigit() and -len(value) <= int(parts[0]) < len(value):
        return _at(value[int(parts[0])], parts[1:])
    return None


def digest_of(net: nn.Module) -> str:
    """Give the SHA-256 of a network's weights and buffers, in the order of their names.

    >>> digest_of(nn.Linear(1, 1)) == digest_of(nn.Linear(1, 1))
    False
    """
    digest = hashlib.sha256()
    for name, value in sorted(net.state_dict().items()):
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def is_number(value: Any) -> bool:
    """Tell whether a value is a number that can be written.

    >>> is_number(0.5), is_number(True), is_number(float("nan")), is_number(None)
    (True, False, False, False)
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
