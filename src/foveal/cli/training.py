"""What `foveal train` does once torch may be loaded."""

from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
import typer

from foveal.cli.checks import check_run
from foveal.cli.estimators import estimator_for, problem_of
from foveal.cli.info import versions
from foveal.cli.measure import METRIC, Measures, measure
from foveal.cli.output import number, say, show_facts, show_json, to_json
from foveal.cli.run_folder import CONFIG, HISTORY, METRICS, MODEL, write_config, write_history
from foveal.cli.verbs import INTERRUPTED
from foveal.core.files import write_atomically
from foveal.core.parameters import PARAMETERS
from foveal.data.dataset import Dataset
from foveal.data.named import load_dataset
from foveal.estimators.base import BaseCNN


def train_into(
    folder: Path | None, source: str, parameters: Mapping[str, Any], *, test: bool | None, quiet: bool
) -> dict[str, Any]:
    """Train, fill the folder and return what metrics.json holds; what cannot work fails before the first epoch.

    Without a folder, as in all but the first of several processes, only train, and tell whether Ctrl-C ended it.
    """
    data = load_dataset(source)
    estimator = estimator_for(parameters)
    check_run(estimator, data, test=test)
    config = {name: getattr(estimator, name) for name in PARAMETERS} | _records(source, data, estimator)
    if quiet:
        estimator.verbose = 0
    began = perf_counter()
    interrupted = _fit(estimator, data)
    seconds = perf_counter() - began
    if folder is None:
        return {"interrupted": interrupted}

    estimator.save(folder / MODEL)
    write_config(folder, config)
    write_history(folder, estimator.history_)
    measured = None
    if data.X_test is not None and test is not False and not interrupted:
        measured = measure(estimator, data.X_test, data.y_test, data.class_names)
    result = {
        "source": source,
        "estimator": type(estimator).__name__,
        "seed": parameters["random_state"],
        "metric": METRIC[problem_of(estimator).kind],
        "interrupted": interrupted,
        **_scores(estimator, measured),
        "seconds": seconds,  # with the preparation
        "training_seconds": sum(estimator.history_["seconds"]),
        "images_per_second": _speed(estimator.history_["images_per_second"]),
        "parameters": estimator.summary().parameters,
        "paths": {Path(name).stem: str(folder / name) for name in (MODEL, CONFIG, HISTORY, METRICS)},
        "test": None if measured is None else measured.as_dict(),
    }
    write_atomically(folder / METRICS, f"{to_json(result)}\n".encode())
    return result


def show_result(result: Mapping[str, Any], *, json: bool, quiet: bool) -> None:
    """Print the metrics as JSON, or the few that people look for first, or nothing."""
    if result["interrupted"]:
        say(f"interrupted: saved the network of epoch {result['epochs']}")
    if json:
        show_json(result)
    elif not quiet:
        scores = {part: number(result[f"{part}_score"]) for part in ("train", "valid", "test")}
        show_facts(
            {
                "results": str(Path(result["paths"]["model"]).parent),
                result["metric"]: "   ".join(f"{part} {score}" for part, score in scores.items() if score != "-"),
                "epochs": f"{result['epochs']} in {result['training_seconds']:.1f} s",
                "speed": f"{result['images_per_second']:,.0f} images/s",
                "parameters": f"{result['parameters']:,}",
                "seed": str(result["seed"]),
            }
        )


def _records(source: str, data: Dataset, estimator: BaseCNN) -> dict[str, Any]:
    run = {"source": source, "estimator": type(estimator).__name__, "threads": torch.get_num_threads()}
    if data.class_names is not None:
        run["class_names"] = data.class_names
    return {"run": run, "versions": versions()}


def _fit(estimator: BaseCNN, data: Dataset) -> bool:
    """Train; tell whether Ctrl-C ended it. Before the end of the first epoch there is nothing to save."""
    try:
        estimator.fit(data.X_train, data.y_train)
    except KeyboardInterrupt as error:
        if not hasattr(estimator, "net_"):
            say("interrupted before the end of the first epoch: nothing was saved")
            raise typer.Exit(INTERRUPTED) from error
        return True
    return False


def _scores(estimator: BaseCNN, measured: Measures | None) -> dict[str, Any]:
    """Give losses and scores of the epoch whose weights were kept: the best with early stopping, else the last."""
    history = estimator.history_
    scores = np.array(history["valid_score"])
    kept = len(scores) - 1
    if estimator.early_stopping and np.isfinite(scores).any():
        kept = int(np.nanargmax(scores))
    columns = ("train_loss", "train_score", "valid_loss", "valid_score")
    return {
        "epochs": len(scores),
        "kept_epoch": kept + 1,
        **{name: history[name][kept] for name in columns},
        "test_score": None if measured is None else measured.score,
    }


def _speed(speeds: list[float]) -> float:
    """Average the speeds of epochs of as many rows: over their time, so harmonically."""
    return len(speeds) / sum(1 / speed for speed in speeds)
