"""What `foveal train` does once torch may be loaded."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch

from foveal.cli.auto_augment import resolve_augment
from foveal.cli.broken_off import fit_into
from foveal.cli.checks import check_run
from foveal.cli.class_names import by_name
from foveal.cli.comparison import beside_baselines, keep_baselines, put_beside, show_comparison, wanted, write_results
from foveal.cli.estimators import estimator_for
from foveal.cli.info import versions
from foveal.cli.mask_measures import facts_of_masks, patched
from foveal.cli.mask_settings import with_masks
from foveal.cli.output import number, say, show_facts, show_json
from foveal.cli.reading import shown
from foveal.cli.reporting import dealt, facts, judged_by, report_on
from foveal.cli.resume import Begun
from foveal.cli.run_folder import (
    CHECKPOINTS,
    CONFIG,
    CV,
    FOLDS,
    HISTORY,
    MODEL,
    RESULTS,
    drop_checkpoints,
    remove,
    write_config,
    write_history,
)
from foveal.core.errors import DivergedError, FovealError
from foveal.data.dataset import Dataset
from foveal.data.images.progress import Progress
from foveal.data.named import load_dataset
from foveal.data.text.texts import Texts
from foveal.estimators.base import BaseCNN
from foveal.fitting.progress import rows_as_told
from foveal.report.gathered import with_interval
from foveal.report.page import REPORT
from foveal.tasks.kind import Measures
from foveal.train.report import COLUMNS


def train_into(
    folder: Path | None,
    begun: Begun,
    *,
    test: bool | None,
    quiet: bool,
    baselines: bool | None = None,
    report: bool = True,
) -> tuple[dict[str, Any], BaseException | None]:
    """Train, fill the folder and return what results.json holds, and what broke the training off, if anything did.

    What cannot work fails before the first epoch. A run that was interrupted keeps its checkpoints. Without a folder,
    as in all but the first of several processes, only train.
    """
    parameters = begun.parameters
    with shown(quiet=quiet) as progress:
        data = patched(load_dataset(begun.source, begun.reading, progress), parameters.get("patch"))
        held = _to_validate_on(begun, data, progress)
    parameters = with_masks(parameters, data, quiet=quiet)
    estimator = estimator_for(parameters, data.X_train, data.layout)
    estimator.calibration = parameters.get("calibration", "auto")
    check_run(estimator, data, test=test)
    resolve_augment(estimator, data, quiet=quiet)
    if folder is not None:
        values = {name: getattr(estimator, name) for name in estimator.get_params(deep=False)}
        write_config(folder, values | records(begun, data, estimator))
    if estimator.checkpoint is None:
        estimator.checkpoint = (folder or Path()) / CHECKPOINTS  # the first process alone uses its own
    if quiet:
        estimator.verbose = 0
    began = perf_counter()
    broken = fit_into(
        folder, estimator, lambda: estimator.fit(data.X_train, data.y_train, validation=held, groups=data.groups)
    )
    seconds = perf_counter() - began
    if folder is None:
        return {}, broken

    estimator.fitted_ = replace(estimator.fitted_, class_names=data.class_names)
    estimator.save(folder / MODEL)
    remove(folder, CV, FOLDS)  # of a cross-validation that --force replaces
    write_history(folder, estimator.history_)
    rows = dealt(estimator, data, held)
    judged = judged_by(estimator.fitted_, data, rows, test=test is not False) if broken is None else None
    found = judged.measures if judged is not None and judged.on == "test" else None
    more = facts(estimator, data, rows) | ({} if judged is None else {"measured": with_interval(judged)})
    result = {
        "source": begun.source,
        "estimator": estimator._name,
        "seed": parameters["random_state"],
        "metric": estimator.fitted_.kind.metric,
        "followed": estimator.fitted_.kind.followed or estimator.fitted_.kind.metric,
        "interrupted": isinstance(broken, KeyboardInterrupt | SystemExit),
        "diverged": isinstance(broken, DivergedError),
        **_scores(estimator, found),
        "seconds": seconds,  # with the preparation
        "training_seconds": sum(estimator.history_["seconds"]),
        "images_per_second": _speed(estimator.history_["images_per_second"]),
        "parameters": estimator.summary().parameters,
        "paths": {Path(name).stem: str(folder / name) for name in (MODEL, CONFIG, HISTORY, RESULTS)},
        "test": None if found is None else found.as_dict(),
        "comparison": None,
        "calibration": None if estimator.fitted_.calibration is None else str(estimator.fitted_.calibration),
        **({"data": estimator.fitted_.data} if estimator.fitted_.data else {}),
        **more,
    }
    write_results(folder, result)
    if broken is None and wanted(baselines, data):
        broken = put_beside(folder, result, lambda: beside_baselines(data, rows.train, judged))
        keep_baselines(estimator, folder / MODEL, result)
    if report and broken is None:
        broken = report_on(folder, result, estimator.fitted_, judged, quiet=quiet)
    drop_checkpoints(folder, parameters, broken)
    return result, broken


def show_result(result: Mapping[str, Any], *, json: bool, quiet: bool) -> None:
    """Print the metrics as JSON, or the few that people look for first, or nothing."""
    folder = Path(result["paths"]["model"]).parent
    if result["interrupted"]:
        say(f"interrupted: saved the network of epoch {result['epochs']}; foveal train --resume {folder} goes on")
    if result["diverged"]:
        say(f"saved the network of epoch {result['epochs']}, the last good one")
    if json:
        show_json(result)
    elif not quiet:
        scores = {part: number(result[f"{part}_score"]) for part in ("train", "valid", "test")}
        parts = {part: f"{part} {score}" for part, score in scores.items() if score != "-"}
        followed = result["followed"]
        of_test = {result["metric"]: parts.pop("test")} if followed != result["metric"] and "test" in parts else {}
        show_facts(
            {
                "results": str(folder),
                **({"report": str(folder / REPORT)} if (folder / REPORT).exists() else {}),
                followed: "   ".join(parts.values()),
                **of_test,
                **facts_of_masks(result),
                "epochs": f"{result['epochs']} in {result['training_seconds']:.1f} s",
                "speed": f"{result['images_per_second']:,.0f} {rows_as_told(result['estimator'])}/s",
                "parameters": f"{result['parameters']:,}",
                "seed": str(result["seed"]),
                **({"calibration": result["calibration"]} if result["calibration"] else {}),
            }
        )
        if result["comparison"] is not None:
            show_comparison(result["comparison"])


def _to_validate_on(begun: Begun, data: Dataset, progress: Progress) -> tuple[Any, Any] | None:
    """Read a data set to validate on: all that it has to train on, classes by their names where both have some.

    Where none is named it is the validation part of the data, if there is one.
    """
    validation = begun.validation
    if validation is None:
        return None if data.X_valid is None else (data.X_valid, data.y_valid)
    rule = getattr(data.X_train, "input_rule", None)
    reading = {"input_rule": rule} if rule else {}
    if isinstance(data.X_train, Texts):  # its rule is not learnt yet, and its columns have the same names
        reading = {name: value for name, value in begun.reading.items() if name not in ("split", "group")}
    try:
        held = load_dataset(validation, reading, progress)
        y = by_name(np.asarray(held.y_train), held.class_names, data.class_names, data.y_train)[0]
    except FovealError as error:
        raise type(error)(f"--validation: {error}") from error
    return held.X_train, y


def records(begun: Begun, data: Dataset, estimator: BaseCNN) -> dict[str, Any]:
    """Say where parameters come from that stand in a config: the run, how pictures are read, versions."""
    run = {"source": begun.source, "estimator": estimator._name, "threads": torch.get_num_threads()}
    if begun.validation is not None:
        run["validation"] = begun.validation
    if begun.cv is not None:
        run |= {"cv": begun.cv, "baselines": begun.baselines is not False}
    if data.class_names is not None:
        run["class_names"] = data.class_names
    return {"run": run, "read": begun.reading, "versions": versions()}


def _scores(estimator: BaseCNN, measured: Measures | None) -> dict[str, Any]:
    """Give losses and scores of the epoch whose weights were kept: the best with early stopping, else the last."""
    history = estimator.history_
    kept = estimator.fitted_.kept_epoch - 1
    further = [name for name in history if name not in COLUMNS]
    columns = ("train_loss", "train_score", "valid_loss", "valid_score", *further)
    return {
        "epochs": estimator.n_epochs_,
        "kept_epoch": kept + 1,
        **{name: history[name][kept] for name in columns},
        "test_score": None if measured is None else measured.score,
    }


def _speed(speeds: list[float]) -> float:
    """Average the speeds of epochs of as many rows: over their time, so harmonically."""
    return len(speeds) / sum(1 / speed for speed in speeds)
