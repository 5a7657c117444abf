"""`foveal summary`: the layers of a network, of a model file or of what `foveal train` would train."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from foveal.cli.options import SOURCES, Debug, Json, Recipe, Settings, Task, shorthands
from foveal.cli.output import show_json
from foveal.cli.settings import gather
from foveal.core.errors import ModelFileError, ParameterError
from foveal.core.rules import did_you_mean

if TYPE_CHECKING:
    from foveal.models import Summary


def summary(
    model: Annotated[
        str, typer.Argument(metavar="MODEL|SOURCE", help="A model file, the folder of a run, or a data set.")
    ],
    settings: Settings = None,
    recipe: Recipe = None,
    task: Task = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Print the layers of MODEL: shapes, parameters, multiply-adds, receptive fields.

    For a data set it is the network that foveal train SOURCE would train with the
    same --set, --recipe and --task.
    """
    parameters = gather(recipe, settings or [], shorthands(task=task))
    if model in SOURCES or model.endswith(".npz") or _is_data_folder(model):
        table = _planned(model, parameters)
    elif not Path(model).exists():
        hint = did_you_mean(model, SOURCES)
        raise ModelFileError(f"expected a model, the folder of a run or a data set, found nothing at {model!r}{hint}")
    elif parameters:
        raise ParameterError(f"--set, --recipe and --task are for a data set, but {model} is a model; leave them out")
    else:
        from foveal.cli.estimators import load_model  # torch is loaded here

        table = load_model(model).summary()
    if json:
        show_json({"model": model, **asdict(table), "multiply_adds": table.multiply_adds})
    else:
        print(table)


def _is_data_folder(model: str) -> bool:
    from foveal.data.folders import is_data_folder

    return is_data_folder(model)


def _planned(source: str, parameters: Mapping[str, Any]) -> "Summary":
    from foveal.cli.estimators import estimator_for
    from foveal.data.named import load_dataset
    from foveal.estimators.prepare import prepare
    from foveal.models import summarize

    data = load_dataset(source)
    job = prepare(estimator_for(parameters), data.X_train, data.y_train)
    return summarize(job.state.net, job.input_shape)
