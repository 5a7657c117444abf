"""What `foveal train` leaves beside the model: results.json with all that is known, pictures, page and card."""

import hashlib
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from foveal.cli.comparison import write_results
from foveal.cli.info import environment
from foveal.cli.mask_measures import measured
from foveal.cli.output import plain, say
from foveal.compare.small import source_of
from foveal.core.consoles import Console
from foveal.core.files import write_atomically
from foveal.core.parameters import defaults_of, with_defaults
from foveal.data.dataset import Dataset
from foveal.data.rows import chosen_rows
from foveal.estimators.base import BaseCNN
from foveal.fitting.held_out import held_out
from foveal.report.card import write_card
from foveal.report.gathered import concluded, gathered
from foveal.report.judged import Judged
from foveal.report.page import write_page
from foveal.report.results import FORMAT, digest_of
from foveal.tasks.kind import name_of

#: Parameters that say how the command works, and nothing of the network.
_OF_THE_COMMAND = ("verbose", "checkpoint", "checkpoint_every", "calibration")
#: What foveal calls the pictures of a report.
_OURS = re.compile(r"(filters|(mistake|suspect)-\d+(-explained)?)\.png")
Held = tuple[Any, Any] | None


def judged_by(estimator: BaseCNN, data: Dataset, held: Held, *, test: bool) -> Judged | None:
    """Answer the rows that a network is judged by: the test part, else those that it was validated on, if any."""
    fitted = estimator.fitted_
    if data.X_test is not None and test:
        return Judged(fitted, "test", data.X_test, *_answered(fitted, data.X_test, data.y_test, data))
    if held is None:
        valid = held_out(estimator._request({}), data.X_train, data.y_train, data.groups)[1]
        held = chosen_rows(data.X_train, valid), chosen_rows(data.y_train, valid)
    if not len(held[0]):
        return None
    return Judged(fitted, "validation", held[0], *_answered(fitted, *held, data))


def _answered(fitted: Any, X: Any, y: Any, data: Dataset) -> tuple[Any, Any, Any]:
    measures, predicted, truth = measured(fitted, X, y, data.class_names)
    return truth, predicted, measures


def facts(estimator: BaseCNN, data: Dataset, held: Held) -> dict[str, Any]:
    """Say what was trained on, by what settings, and on what machine."""
    fitted, rows = estimator.fitted_, len(data.y_train)
    valid = 0 if held is None else len(held[0])
    if held is None:
        valid = len(held_out(estimator._request({}), data.X_train, data.y_train, data.groups)[1])
        rows -= valid
    parts = {"train": rows, "valid": valid, "test": None if data.X_test is None else len(data.X_test)}
    found = about_run(estimator, parts) | {"data_digest": _digest(data, estimator.layout)}
    problem = fitted.problem
    if problem.one_class and problem.classes is not None and np.ndim(data.y_train) == 1:
        labels, counts = np.unique(np.asarray(data.y_train), return_counts=True)
        names = [str(name_of(label, data.class_names)) for label in labels.tolist()]
        found["classes"] = [{"name": n, "rows": int(c)} for n, c in zip(names, counts, strict=True)]
        found["n_classes"] = len(names)
    return found


def _digest(data: Dataset, layout: str | None) -> str:
    """Hash the rows to learn from and what is right of them."""
    digest = hashlib.sha256(source_of(data.X_train, layout).digest())
    y = np.asarray(data.y_train)
    digest.update(repr(y.tolist()).encode() if y.dtype == object else np.ascontiguousarray(y).tobytes())
    return digest.hexdigest()


def about_run(estimator: Any, rows: Mapping[str, int | None]) -> dict[str, Any]:
    """Say what every run is known by: its rows, settings and epochs, and the machine."""
    fitted = estimator.fitted_
    return {
        "format": FORMAT,
        "kind": fitted.kind.name,
        "rows": dict(rows),
        "settings": changed_settings(estimator),
        "environment": environment(),
        "weights": digest_of(fitted.net),
        "history": dict(fitted.history),
        "left_out": {},
    }


def changed_settings(estimator: Any) -> dict[str, Any]:
    """Give the parameters that are not the defaults, the seed among them."""
    values = estimator.get_params(deep=False)
    defaults = with_defaults(defaults_of(estimator._name))
    return {
        name: plain(value) for name, value in values.items() if name not in _OF_THE_COMMAND and value != defaults[name]
    }


def report_on(
    folder: Path, result: dict[str, Any], fitted: Any, judged: Judged | None, *, quiet: bool
) -> BaseException | None:
    """Gather what is known, and write results.json, pictures, page and card into the folder of a run.

    A terminal shows meanwhile what is being done. Returns what broke that off: the model and its scores are saved.
    """
    status, pictures = Console(stderr=True, quiet=quiet).status("report"), dict[str, bytes]()
    try:
        with status, warnings.catch_warnings(action="ignore"):  # scores have said theirs, and are drawn again and again
            result |= gathered(fitted, judged, pictures, lambda stage: status.update(f"report: {stage}"))
            result |= concluded(result)
        _write_pictures(folder, pictures)
        write_results(folder, result)
        write_page(folder)
        write_card(folder)
    except (KeyboardInterrupt, SystemExit) as error:
        say("interrupted while the report was made; the model and its scores are saved")
        return error
    return None


def _write_pictures(folder: Path, pictures: Mapping[str, bytes]) -> None:
    """Write the pictures of a report, and remove those of an earlier one; what else lies there is somebody's own."""
    for old in (folder / "pictures").glob("*.png"):
        if _OURS.fullmatch(old.name):
            old.unlink()
    if pictures:
        (folder / "pictures").mkdir(exist_ok=True)
    for name, content in pictures.items():
        write_atomically(folder / name, content)
