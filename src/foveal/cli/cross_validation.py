"""What `foveal train --cv` does once torch may be loaded: fold by fold, kept in cv.json, and a table at the end."""

import json as as_json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from foveal.cli.auto_augment import resolve_augment
from foveal.cli.estimators import estimator_for
from foveal.cli.fold_by_fold import fold_by_fold
from foveal.cli.output import say, show_facts, show_json, show_table, to_json
from foveal.cli.reading import shown
from foveal.cli.resume import Begun
from foveal.cli.run_folder import CONFIG, CV, FOLDS, HISTORY, MODEL, RESULTS, remove, write_config, write_table
from foveal.cli.training import records
from foveal.compare.cross_validation import CrossValidation, summarised
from foveal.compare.plan import FoldScores, each_fold, plan
from foveal.core.errors import DataError, FovealError, ParameterError
from foveal.core.files import write_atomically
from foveal.data.dataset import Dataset
from foveal.data.named import load_dataset
from foveal.data.text.texts import Texts
from foveal.estimators.base import BaseCNN

Found = tuple[dict[str, Any], CrossValidation]


def _estimator(begun: Begun, data: Dataset) -> BaseCNN:
    X = data.X_train if isinstance(data.X_train, Texts) else None
    return estimator_for(begun.parameters, X, data.layout, clones=True)


def cross_validate_into(folder: Path, begun: Begun, *, resume: bool, quiet: bool) -> Found:
    """Train and test fold by fold, keep each in cv.json, and return what that holds at the end, and the table.

    What cannot work fails before the first fold. With `resume` the folds that cv.json holds are not trained again.
    """
    with shown(quiet=quiet) as progress:
        data = load_dataset(begun.source, begun.reading, progress)
    estimator = _estimator(begun, data)
    seed = begun.parameters["random_state"]
    baselines = begun.baselines is not False
    resolve_augment(estimator, data, quiet=quiet)
    planned = plan(
        estimator,
        data.X_train,
        data.y_train,
        folds=begun.cv,
        groups=data.groups,
        baselines=baselines,
        random_state=seed,
        name="--cv",
    )
    identity = planned.identity()
    results = _kept(folder, identity) if resume else []
    values = {name: getattr(estimator, name) for name in estimator.get_params(deep=False)}
    write_config(folder, values | records(begun, data, estimator))
    estimator.verbose = 0  # a line a fold, not one an epoch
    remove(folder, MODEL, HISTORY, RESULTS)  # of a run that --force replaces
    _keep(folder, identity, results)
    if not quiet:
        _say_what_is_left_alone(data)
    with fold_by_fold(len(planned.folds), len(results), planned.problem.kind.metric, quiet=quiet) as tell:
        try:
            for scores in each_fold(planned, len(results)):
                results.append(scores)
                _keep(folder, identity, results)
                tell(scores)
        except (KeyboardInterrupt, SystemExit):
            where = f"fold {len(results) + 1} of {len(planned.folds)}"
            say(f"interrupted in {where}; foveal train --resume {folder} goes on with it")
            raise
        except FovealError:
            if not results:
                remove(folder, CONFIG, CV)
            raise
    found = summarised(planned, str(begun.cv), results)
    told = {
        "source": begun.source,
        "estimator": type(estimator).__name__,
        "seed": seed,
        "seconds": sum(result.seconds for result in results),
        "paths": {Path(name).stem: str(folder / name) for name in (CV, FOLDS, CONFIG)},
        **found.as_dict(),
    }
    _keep(folder, identity, results, told)
    write_table(folder / FOLDS, _lines(found))
    return told, found


def show_cross_validation(found: Found, *, json: bool, quiet: bool) -> None:
    """Print all as JSON, or the table and what it says, or nothing."""
    told, table = found
    if json:
        show_json(told)
    elif not quiet:
        config = told["paths"]["config"]
        show_facts(
            {
                "results": str(Path(config).parent),
                "folds": f"{len(table.results)} in {told['seconds']:.1f} s",
                "model": f"none is left; foveal train {told['source']} --recipe {config} trains one on all rows",
                "seed": str(told["seed"]),
            }
        )
        print()
        show_table(table.header(), table.rows())
        for line in filter(None, (*table.said, *table.verdict.split("; "))):
            print(line)


def _keep(
    folder: Path, identity: Mapping[str, str], results: Sequence[FoldScores], told: Mapping[str, Any] | None = None
) -> None:
    """Write cv.json; finished where all is told."""
    folds = told or {"folds": [asdict(result) for result in results]}
    content = {"finished": told is not None, "identity": identity, **folds}
    write_atomically(folder / CV, f"{to_json(content)}\n".encode())


def _kept(folder: Path, identity: Mapping[str, str]) -> list[FoldScores]:
    """Read the folds that cv.json holds; raises where it is damaged, or of other settings, data or folds."""
    try:
        content = as_json.loads((folder / CV).read_text("utf-8"))
        before = {name: content["identity"][name] for name in identity}
        folds = [_read(fold) for fold in content["folds"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"--resume {folder}: its {CV} is damaged ({error}); begin anew with --force") from error
    if before["settings"] != identity["settings"]:
        raise ParameterError(f"--resume {folder}: its folds were trained with other settings; begin anew with --force")
    for what in ("data", "folds"):
        if before[what] != identity[what]:
            raise DataError(f"--resume {folder}: its folds were of other {what}; begin anew with --force")
    return folds


def _read(fold: Mapping[str, Any]) -> FoldScores:
    scores = {str(name): float(score) for name, score in fold["scores"].items()}
    trained, tested, epochs = (int(fold[name]) for name in ("rows_train", "rows_test", "epochs"))
    return FoldScores(trained, tested, scores, epochs, float(fold["seconds"]), tuple(map(str, fold["said"])))


def _say_what_is_left_alone(data: Dataset) -> None:
    for name, part in (("validation", data.X_valid), ("test", data.X_test)):
        if part is not None:
            say(f"folds are of the training part; the {name} part, {len(part):,} rows, is left alone")


def _lines(found: CrossValidation) -> dict[str, list[Any]]:
    """Give a column for what each fold has: its number, its rows, and every score."""
    columns: dict[str, list[Any]] = {"fold": list(range(1, len(found.results) + 1))}
    for name in ("rows_train", "rows_test", "epochs", "seconds"):
        columns[name] = [getattr(result, name) for result in found.results]
    return columns | {name: found.scores(name) for name in found.names}
