"""What `foveal train` leaves beside the model: results.json with all that is known, pictures, page and card."""

import hashlib
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

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
from foveal.fitted.model import Fitted
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


class Dealt(NamedTuple):
    """The rows of a run: numbers of those that a network has learnt from, and X and y of those it was validated on."""

    train: NDArray[np.int64]
    held: tuple[Any, Any]


def dealt(estimator: BaseCNN, data: Dataset, held: tuple[Any, Any] | None) -> Dealt:
    """Tell how a fit has dealt its rows; `held` are those of a part of their own, None where it held some out.

    Of X nothing is read or copied: it may be larger than the memory.
    """
    if held is not None:
        return Dealt(np.arange(len(data.y_train)), held)
    train, valid = held_out(estimator._request({}), data.X_train, data.y_train, data.groups)
    X = source_of(data.X_train, estimator.fitted_.layout).chosen(valid)
    return Dealt(train, (X, chosen_rows(data.y_train, valid)))


def judged_by(fitted: Fitted, data: Dataset, rows: Dealt, *, test: bool) -> Judged | None:
    """Answer the rows that a network is judged by: the test part, else those that it was validated on, if any."""
    on_test = data.X_test is not None and test
    X: Any
    X, y = (data.X_test, data.y_test) if on_test else rows.held
    if not len(X):
        return None
    measures, predicted, truth = measured(fitted, X, y, data.class_names)
    return Judged(fitted, "test" if on_test else "validation", X, truth, predicted, measures)


def facts(estimator: BaseCNN, data: Dataset, rows: Dealt) -> dict[str, Any]:
    """Say what was trained on, by what settings, and on what machine."""
    test = None if data.X_test is None else len(data.X_test)
    parts = {"train": len(rows.train), "valid": len(rows.held[0]), "test": test}
    found = about_run(estimator, parts) | {"data_digest": _digest(data, estimator.layout)}
    problem = estimator.fitted_.problem
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
    told = repr(y.tolist()).encode() if y.dtype == object else np.ascontiguousarray(y).view(np.uint8).data
    digest.update(told)
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

    A terminal shows meanwhile what is being done. Returns what broke that off, when --resume has only that left to do.
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
        say(
            "interrupted while the report was made; the model and its scores are saved, and foveal train --resume "
            f"{folder} goes on"
        )
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
