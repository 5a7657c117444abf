"""`foveal summary`: the layers of a network, of a model file or of what `foveal train` would train."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from foveal.cli.options import SOURCES, Debug, Json, Recipe, Settings, Task, shorthands
from foveal.cli.output import show_json, show_table
from foveal.cli.settings import gather
from foveal.core.errors import ModelFileError, ParameterError
from foveal.core.rules import did_you_mean


def summary(
    model: Annotated[
        str, typer.Argument(metavar="MODEL|SOURCE", help="A model file, the folder of a run, or a data set.")
    ],
    settings: Settings = None,
    recipe: Recipe = None,
    task: Task = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="What runs on compiled kernels, what on PyTorch, and why.")
    ] = False,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Print the layers of MODEL: shapes, parameters, multiply-adds, receptive fields.

    For a data set it is the network that foveal train SOURCE would train with the
    same --set, --recipe and --task. With --plan: where its layers are computed.
    """
    network = _network(model, gather(recipe, settings or [], shorthands(task=task)))
    if plan:
        _show_plan(model, network, json=json)
        return
    from foveal.models import summarize

    table = summarize(network.net, network.input_shape)
    if json:
        show_json({"model": model, **asdict(table), "multiply_adds": table.multiply_adds})
    else:
        print(table)


class Network(NamedTuple):
    """A network, what one row of its input is, and whether the kernels are switched off for it."""

    net: Any
    input_shape: tuple[int, ...]
    switched_off: bool


def _network(model: str, parameters: Mapping[str, Any]) -> Network:
    """Load a model, or make what would be trained on a data set."""
    if model in SOURCES or model.endswith(".npz") or _is_data_folder(model):
        return _planned(model, parameters)
    if not Path(model).exists():
        hint = did_you_mean(model, SOURCES)
        raise ModelFileError(f"expected a model, the folder of a run or a data set, found nothing at {model!r}{hint}")
    if parameters:
        raise ParameterError(f"--set, --recipe and --task are for a data set, but {model} is a model; leave them out")
    from foveal.cli.estimators import load_model  # torch is loaded here

    fitted = load_model(model)
    return Network(fitted.net, fitted.input_shape, fitted.settings["kernels"] == "off")


def _show_plan(model: str, network: Network, *, json: bool) -> None:
    from foveal.kernels.listing import places
    from foveal.kernels.planner import plan

    found = places(network.net, network.input_shape, plan(*network))
    if json:
        show_json({"model": model, "plan": [place._asdict() for place in found]})
        return
    show_table(("modules", "run on", "how, or why not"), found, numbers=False)


def _is_data_folder(model: str) -> bool:
    from foveal.data.folders import is_data_folder

    return is_data_folder(model)


def _planned(source: str, parameters: Mapping[str, Any]) -> Network:
    from foveal.cli.estimators import estimator_for
    from foveal.data.named import load_dataset

    data = load_dataset(source)
    job = estimator_for(parameters)._prepared(data.X_train, data.y_train)
    return Network(job.state.net, job.form[0].sizes, not job.config.kernels)
