"""`foveal summary`: the layers of a model or of what would be trained; of pictures in files, what is there."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from foveal.cli.options import SOURCES, Debug, Group, Json, Read, Recipe, Settings, Task, shorthands
from foveal.cli.output import show_json, show_table
from foveal.cli.reading import read_settings, shown
from foveal.cli.run_folder import CONFIG, MODEL
from foveal.cli.settings import for_files, gather
from foveal.core.errors import ModelFileError, ParameterError
from foveal.core.rules import did_you_mean


def summary(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL|SOURCE",
            help="A model file, the folder of a run, a data set, or a folder, a table or tars of pictures.",
        ),
    ],
    settings: Settings = None,
    recipe: Recipe = None,
    task: Task = None,
    read: Read = None,
    group: Group = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="What runs on compiled kernels, what on PyTorch, and why.")
    ] = False,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Print the layers of MODEL: shapes, parameters, multiply-adds, receptive fields.

    For a data set it is the network that foveal train SOURCE would train with the
    same --set, --recipe and --task. With --plan: where its layers are computed.

    Of pictures in files it says how many there are of each class, how large they
    are and of which kind, and which files are bad; nothing is decoded. With --set,
    --recipe, --task or --plan it is the network here too.
    """
    parameters = gather(recipe, settings or [], shorthands(task=task))
    reading = read_settings(read or [], group=group)
    of_files = _is_of_files(model)
    if reading and not of_files and not _is_data(model):
        raise ParameterError(f"--read and --group are for data, but {model} is a model; leave them out")
    if of_files and not parameters and not plan and not _is_of_another_sort(model, reading):
        from foveal.cli.picture_summary import show_pictures

        show_pictures(model, reading, json=json)
        return
    network = _planned(model, parameters, reading) if of_files else _network(model, parameters, reading)
    if plan:
        _show_plan(model, network, json=json)
        return
    from foveal.models import summarize

    table = summarize(network.net, network.form or network.input_shape, network.notes)
    if json:
        data = {"data": network.data} if network.data else {}
        show_json({"model": model, **asdict(table), "multiply_adds": table.multiply_adds, **data})
        return
    print(table)
    if network.data:
        print(_told(**network.data))


class Network(NamedTuple):
    """A network, what one row of its input is, and whether the kernels are switched off for it."""

    net: Any
    input_shape: tuple[int, ...]
    switched_off: bool
    data: Mapping[str, Any]
    notes: Sequence[str]
    form: Any = None  # where a row has several parts


def _told(
    rows: int, skipped: int, duplicates: int, first_skipped: Sequence[str], masks: Mapping[str, Any] | None = None
) -> str:
    """Say what a model has learnt from.

    >>> _told(10, 1, 2, ["a.png: is damaged"])
    '10 pictures were opened, 2 of them there before with the same pixels; 1 file was left out: a.png: is damaged'
    """
    before = f", {duplicates:,} of them there before with the same pixels" if duplicates else ""
    more = " ..." if skipped > len(first_skipped) else ""
    were = f"; {skipped:,} {'file was' if skipped == 1 else 'files were'} left out: " + "; ".join(first_skipped)
    opened = "pictures" if masks is None else "pictures and their masks"
    return f"{rows:,} {opened} were opened{before}{were + more if skipped else ''}"


def _network(model: str, parameters: Mapping[str, Any], reading: Mapping[str, Any]) -> Network:
    """Load a model, or make what would be trained on a data set."""
    if _is_data(model):
        return _planned(model, parameters, reading)
    if not Path(model).exists():
        hint = did_you_mean(model, SOURCES)
        raise ModelFileError(f"expected a model, the folder of a run or a data set, found nothing at {model!r}{hint}")
    if parameters:
        raise ParameterError(f"--set, --recipe and --task are for a data set, but {model} is a model; leave them out")
    from foveal.cli.estimators import load_model  # torch is loaded here
    from foveal.fitted.network import notes_on

    fitted = load_model(model)
    notes = notes_on(fitted.settings, fitted.form, fitted.problem.n_outputs)
    return Network(fitted.net, fitted.input_shape, fitted.settings["kernels"] == "off", fitted.data, notes, fitted.form)


def _show_plan(model: str, network: Network, *, json: bool) -> None:
    from foveal.kernels.listing import places
    from foveal.kernels.planner import plan

    found = places(network.net, network.input_shape, plan(*network[:3]))
    if json:
        show_json({"model": model, "plan": [place._asdict() for place in found]})
        return
    show_table(("modules", "run on", "how, or why not"), found, numbers=False)


def _is_of_another_sort(source: str, reading: Mapping[str, Any]) -> bool:
    """Tell whether files are videos, volumes, sounds or texts, of which the network is shown that would be trained."""
    from foveal.data.file_sorts import sort_of_files
    from foveal.data.text_files import is_of_texts

    return bool(sort_of_files(source, reading)) or is_of_texts(source, reading)


def _is_of_files(source: str) -> bool:
    """Tell whether a path is files, such as pictures: a table, tars or a folder, no data set and no run."""
    from foveal.data.picture_sets import TABLES

    path = Path(source)
    if source in SOURCES or not path.is_dir():
        return path.suffix.lower() in TABLES
    return not _is_data_folder(source) and not any((path / name).exists() for name in (MODEL, CONFIG))


def _is_data(model: str) -> bool:
    return model in SOURCES or model.endswith(".npz") or _is_data_folder(model)


def _is_data_folder(model: str) -> bool:
    from foveal.data.folders import is_data_folder

    return is_data_folder(model)


def _planned(source: str, parameters: Mapping[str, Any], reading: Mapping[str, Any]) -> Network:
    from foveal.cli.estimators import estimator_for
    from foveal.data.named import load_dataset
    from foveal.data.text.texts import Texts
    from foveal.fitted.network import notes_on

    with shown(quiet=True) as progress:
        data = load_dataset(source, reading, progress)
    parameters = for_files(parameters, named=source in SOURCES)
    X = data.X_train if isinstance(data.X_train, Texts) else None
    job = estimator_for(parameters, X, data.layout)._prepared(data.X_train, data.y_train, groups=data.groups)
    notes = (*job.said, *notes_on(job.parameters, job.form, job.problem.n_outputs))
    return Network(job.state.net, job.form[0].sizes, not job.config.kernels, {}, notes, job.form)
