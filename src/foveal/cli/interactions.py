"""What the verbs do with interactions: train on histories, measure, recommend. Loads torch."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

import torch

from foveal.cli.beside_again import beside_histories, show_beside, told_beside
from foveal.cli.broken_off import fit_into
from foveal.cli.comparison import keep_baselines, put_beside, write_results
from foveal.cli.estimators import as_usual
from foveal.cli.info import versions
from foveal.cli.output import number, say, show_facts, show_json
from foveal.cli.reporting import about_run, report_on
from foveal.cli.resume import Begun
from foveal.cli.row_files import Column, form_of, texts, write_rows
from foveal.cli.run_folder import (
    CHECKPOINTS,
    CONFIG,
    HISTORY,
    MODEL,
    RESULTS,
    drop_checkpoints,
    write_config,
    write_history,
)
from foveal.compare.intervals import wilson
from foveal.compare.recommendation import Asked, beside_baselines, measures, of_network
from foveal.core.errors import DivergedError, ParameterError
from foveal.core.parameters import names_of
from foveal.core.rules import did_you_mean
from foveal.data.interactions.asking import asked_of, check_asked
from foveal.data.interactions.kept import items_in
from foveal.data.interactions.named_sets import interactions_from
from foveal.data.interactions.splits import Split, leave_last_out
from foveal.data.interactions.telling import READ
from foveal.estimators.recommender import Recommender
from foveal.fitted.model import Fitted

#: Items that `foveal predict` gives for each user.
TOP = 10


def train_on_interactions(
    folder: Path | None, begun: Begun, *, test: bool | None, quiet: bool, baselines: bool | None, report: bool = True
) -> tuple[dict[str, Any], BaseException | None]:
    """Train on all but the last two items of each user, validate on the second-last, and test on the last.

    Returns what results.json holds, and what broke the training off, if anything did.
    """
    _check(begun)
    split = leave_last_out(interactions_from(begun.source, begun.reading))
    model = Recommender(**as_usual("Recommender", begun.parameters))
    if folder is not None:
        _write_config(folder, model, begun)
    if model.checkpoint is None:
        model.checkpoint = (folder or Path()) / CHECKPOINTS
    if quiet:
        model.verbose = 0
    began = perf_counter()
    broken = fit_into(folder, model, lambda: model.fit(split.train, validation=split.valid))
    if folder is None:
        return {}, broken
    model.save(folder / MODEL)
    write_history(folder, model.history_)
    rows = {"train": len(split.train), "valid": len(split.valid), "test": len(split.test)}
    result = _result(model, begun, folder, perf_counter() - began, broken) | about_run(model, rows)
    if test is not False and broken is None:
        result |= _tested(model.fitted_, split, result["metric"])
    write_results(folder, result)
    if broken is None and baselines is not False:
        broken = put_beside(folder, result, lambda: _beside(model.fitted_, split, test=test is not False))
        keep_baselines(model, folder / MODEL, result)
    if report and broken is None:
        broken = report_on(folder, result, model.fitted_, None, quiet=quiet)
    drop_checkpoints(folder, begun.parameters, broken)
    return result, broken


def _write_config(folder: Path, model: Recommender, begun: Begun) -> None:
    run = {"source": begun.source, "estimator": "Recommender", "threads": torch.get_num_threads()}
    config = model.get_params(deep=False) | {"run": run, "read": begun.reading, "versions": versions()}
    write_config(folder, config)


def _check(begun: Begun) -> None:
    """Refuse what has no meaning for interactions."""
    if begun.validation is not None:
        raise ParameterError("--validation: of interactions the second-last of each user validates; leave it out")
    known = names_of("Recommender")
    for name in begun.parameters:
        if name not in known:
            raise ParameterError(f"{name} is no parameter of Recommender{did_you_mean(name, known)}")
    _check_reading(begun.reading)


def _check_reading(reading: Mapping[str, Any]) -> None:
    if strange := [name for name in reading if name not in READ]:
        raise ParameterError(f"--read {strange[0]} is not for interactions; there are {', '.join(READ)}")


def _result(
    model: Recommender, begun: Begun, folder: Path, seconds: float, broken: BaseException | None
) -> dict[str, Any]:
    scores, history = model.fitted_.scores(), model.history_
    speeds = sorted(history["images_per_second"])
    return {
        "source": begun.source,
        "estimator": "Recommender",
        "seed": begun.parameters["random_state"],
        "metric": model.fitted_.kind.metric,
        "followed": model.fitted_.kind.followed or model.fitted_.kind.metric,
        "interrupted": isinstance(broken, KeyboardInterrupt | SystemExit),
        "diverged": isinstance(broken, DivergedError),
        "epochs": len(history["epoch"]),
        **scores,
        "test_score": None,
        "seconds": seconds,
        "training_seconds": sum(history["seconds"]),
        "images_per_second": speeds[len(speeds) // 2],
        "parameters": model.summary().parameters,
        "paths": {Path(name).stem: str(folder / name) for name in (MODEL, CONFIG, HISTORY, RESULTS)},
        "test": None,
        "comparison": None,
        "calibration": None,
    }


def _tested(fitted: Fitted, split: Split, metric: str) -> dict[str, Any]:
    """Measure the network on the last items; nothing where nobody can be asked."""
    asked = Asked(*asked_of(split.test, items_in(fitted.kept)))
    rows = len(asked.targets)
    if not rows:
        say("nobody can be asked for the last item: all have had it before; there is no test", "warning")
        return {}
    ranked = of_network(fitted, asked)
    found = measures(ranked, fitted.kept["popularity"])
    interval = wilson(int(ranked.hits.sum()), rows)
    on = {"on": "test", "rows": rows, "looked_at": rows, "metric": metric, "score": found["hit_rate"]}
    return {"test_score": found["hit_rate"], "test": {"rows": rows, **found},
            "measured": {**on, "interval": interval, **found}}  # fmt: skip


def _beside(fitted: Fitted, split: Split, *, test: bool) -> dict[str, Any] | None:
    """Measure the network and baselines, which learn from the same histories, on the same last items.

    None where nobody can be asked.
    """
    items = items_in(fitted.kept)
    asked = Asked(*asked_of(split.test if test else split.valid, items))
    if not len(asked.targets):
        return None
    found = beside_baselines(fitted, split.train.numbered(items), asked)
    return {"on": "test" if test else "validation", "metric": fitted.kind.metric, **found.as_dict()}


def evaluate_on_interactions(
    fitted: Fitted, model: str, source: str, reading: Mapping[str, Any], *, baselines: bool | None, json: bool
) -> None:
    """Ask for the last item of each history in a source, and print hit rate, NDCG, MRR, coverage and popularity.

    Baselines that learn from what stands before stand beside.
    """
    _check_reading(reading)
    interactions = interactions_from(source, reading)
    asked = Asked(*asked_of(interactions, items_in(fitted.kept)))
    check_asked(asked.targets)
    found = measures(of_network(fitted, asked), fitted.kept["popularity"])
    again = None if baselines is False else beside_histories(fitted, interactions, asked)
    beside = told_beside(fitted, again, baselines)
    if json:
        rows = len(asked.targets)
        told = {"model": model, "source": source, "part": "last items", "rows": rows, "score": found["hit_rate"]}
        show_json(told | found | beside)
        return
    facts = {"model": model, "data": f"{source}, the last items of {len(asked.targets):,} histories"}
    show_facts(facts | {name.replace("_", " "): number(value) for name, value in found.items()})
    show_beside(beside)


def predict_interactions(fitted: Fitted, inputs: Path, out: Path | None, form: str | None) -> None:
    """Write the items that are recommended to each user of a table, the best first: a row for each."""
    interactions = interactions_from(str(inputs))
    form, rows = form_of(out, form), _recommended(fitted, interactions)
    holds = [("int64" if ids.are_numbers else "string") for ids in (interactions.users, items_in(fitted.kept))]
    columns = [Column("user", holds[0]), Column("rank", "int64"), Column("item", holds[1]), Column("score", "double")]
    if out is None:
        for part in texts(rows, columns, form):
            print(part, end="")
        return
    write_rows(out, rows, columns, form)
    say(f"recommendations in {out}")


def _recommended(fitted: Fitted, interactions: Any) -> Iterator[dict[str, Any]]:
    model = Recommender()
    model._take(fitted, None)
    users = interactions.users.labels.tolist()
    for first in range(0, len(users), _USERS):
        part = interactions.chosen(list(range(first, min(first + _USERS, len(users)))))
        found = model.recommend(part, k=TOP)
        for user, items, scores in zip(
            part.users.labels.tolist(), found.items.tolist(), found.scores.tolist(), strict=True
        ):
            for place, (item, score) in enumerate(zip(items, scores, strict=True), start=1):
                if item is not None:
                    yield {"user": user, "rank": place, "item": item, "score": round(score, 6)}


#: Users that are answered at a time.
_USERS = 4096


def show_interactions(source: str, reading: Mapping[str, Any], *, json: bool) -> None:
    """Say how many users, items and events a table has, and how long histories are."""
    found = interactions_from(source, reading)
    lengths = found.histories.lengths
    facts: dict[str, Any] = {
        "events": len(found),
        "users": len(found.users),
        "items": len(found.items),
        "shortest": int(lengths.min()),
        "median": float(sorted(lengths.tolist())[len(lengths) // 2]),
        "longest": int(lengths.max()),
        "dropped": found.dropped,
    }
    if json:
        show_json({"source": source, **facts})
        return
    told = {name: f"{value:,.0f}" for name, value in facts.items()}
    span = f"{told['shortest']} to {told['longest']} events a user, half of them up to {told['median']}"
    head = {name: told[name] for name in ("events", "users", "items")}
    show_facts({"data": source, **head, "histories": span, "left out as duplicates": told["dropped"]})
