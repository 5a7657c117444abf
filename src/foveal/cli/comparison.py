"""A trained network beside baselines, as `foveal train` measures and shows them. Loads torch."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from foveal.cli.mask_measures import beside_mask_baselines, show_masks
from foveal.cli.output import number, say, show_table, to_json
from foveal.cli.run_folder import RESULTS
from foveal.cli.translations import beside_translations, show_translations
from foveal.compare.beside import Truth, compare
from foveal.compare.differences import Difference, shown
from foveal.compare.seen import functions_for
from foveal.compare.small import source_of
from foveal.core.files import write_atomically
from foveal.data.dataset import Dataset
from foveal.estimators.base import BaseCNN
from foveal.fitted.beside import kept_of
from foveal.report.judged import Judged
from foveal.tasks.scoring import read_truth


def wanted(asked: bool | None, data: Dataset) -> bool:
    """Tell whether baselines are to be fitted: as asked, else for files of pictures and texts."""
    return hasattr(data.X_train, "input_rule") if asked is None else asked


def beside_baselines(data: Dataset, train: NDArray[Any], judged: Judged | None) -> dict[str, Any] | None:
    """Fit baselines on the rows that the network has learnt from, and measure all on those that it is judged by.

    `train` are the numbers of the former. None where it is judged by none, or there are no baselines for this kind of
    problem.
    """
    if judged is not None and judged.fitted.kind.gives_texts:
        return beside_translations(data, train, judged)
    if judged is None:
        say("no rows were held out, so there is nothing to measure baselines on; give a test part, or valid_size=0.1")
        return None
    fitted = judged.fitted
    if fitted.kind.gives_masks:
        return beside_mask_baselines(data, train, judged)
    if not functions_for(fitted.problem, data.X_train):
        return None
    y = read_truth(fitted.problem, data.y_train, len(data.y_train), one_hot=fitted.settings["one_hot"])
    learnt = Truth(source_of(data.X_train, fitted.layout).chosen(train), y[train])
    rows = Truth(source_of(judged.X, fitted.layout), judged.truth)
    found = compare(fitted.problem, learnt, rows, judged.predicted)
    return {"on": judged.on, "metric": fitted.kind.metric, **found.as_dict()}


def show_comparison(found: Mapping[str, Any]) -> None:
    """Print the scores with their intervals, what was left out, and whether the network is better."""
    if "systems" in found:
        show_translations(found)
        return
    if "pixels" in found:
        show_masks(found, f"on {found['rows']:,} {found['on']} pictures")
        return
    lines = []
    for name, scored in ({"network": found["network"]} | found["baselines"]).items():
        low, high = scored["interval"]
        lead = shown(Difference(scored["difference"], scored["p"])) if "p" in scored else ("", "")
        took = f"{scored['seconds']:.1f} s" if "p" in scored else ""
        lines.append((name, number(scored["score"]), f"{number(low)} to {number(high)}", *lead, took))
    where = f"on {found['rows']:,} {found['on']} rows"
    print()
    show_table((where, found["metric"], "95 % interval", "network's lead", "p", "fitted in"), lines)
    for line in filter(None, (*found["said"], *found["verdict"].split("; "))):
        print(line)


def put_beside(
    folder: Path, result: dict[str, Any], compare: Callable[[], dict[str, Any] | None]
) -> BaseException | None:
    """Put baselines beside the result; return what broke that off, when --resume has only that left to do."""
    try:
        result["comparison"] = compare()
    except (KeyboardInterrupt, SystemExit) as error:
        say(f"interrupted while baselines were fitted; the model is saved, and foveal train --resume {folder} goes on")
        return error
    write_results(folder, result)
    return None


def keep_baselines(estimator: BaseCNN, path: Path, result: Mapping[str, Any]) -> None:
    """Write the model file again, with what was measured beside its network, where anything was."""
    if result["comparison"] is not None:
        estimator.fitted_ = replace(estimator.fitted_, baselines=kept_of(result["comparison"]))
        estimator.save(path)


def write_results(folder: Path, result: Mapping[str, Any]) -> None:
    """Write what is known of a run."""
    write_atomically(folder / RESULTS, f"{to_json(result)}\n".encode())
