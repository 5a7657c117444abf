"""What `foveal tune` does once torch may be loaded."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from foveal.cli.output import number, say, show_facts, show_json, to_json
from foveal.cli.run_folder import write_table
from foveal.cli.searched import searched
from foveal.cli.settings import to_toml
from foveal.cli.tune_folder import ASKED, BEST, FOUND, HELPS, TRIALS, Asked, keep, space_of
from foveal.core.device import running_threads
from foveal.core.files import write_atomically
from foveal.search.found import Tuned, best_of
from foveal.search.study import STUDY
from foveal.search.trials import Finished, Part
from foveal.search.tuning import Tuning, conclude, each_trial, made_so_far, prepare


def tune_into(folder: Path, asked: Asked, *, jobs: int, quiet: bool) -> dict[str, Any]:
    """Make the trials that are left, measure what was chosen, fill the folder and return what tune.json holds."""
    if (folder / ASKED).exists() and not (folder / STUDY).exists():
        say(f"{folder / STUDY} is gone, and with it the trials that were made: all are made anew", "warning")
    tuning = _prepared(folder, asked, quiet=quiet)
    if not (folder / ASKED).exists():
        keep(folder, asked)  # first of all, as the seed may have been drawn
    best = _made(tuning, quiet=quiet)
    keep(folder, asked)  # what was begun there is this search; only the number of trials may be another
    with _helpers(folder, jobs - 1):
        try:
            _make(tuning, best, quiet=quiet)
        except (KeyboardInterrupt, SystemExit):
            say(f"interrupted; foveal tune --out {folder} --resume goes on")
            raise
    found = conclude(tuning)
    chosen = {n: v for n, v in asked.parameters.items() if n not in ("random_state", "verbose")} | dict(
        found.best.values
    )
    heading = f"# chosen by foveal tune; foveal train {asked.source} --recipe {BEST} trains with it\n\n"
    write_atomically(folder / BEST, (heading + to_toml(chosen)).encode())
    write_table(folder / TRIALS, _columns(found))
    result = {
        "source": asked.source,
        "seed": asked.seed,
        "nested": asked.nested,
        "paths": {Path(name).stem: str(folder / name) for name in (STUDY, TRIALS, FOUND, BEST)},
        "space": {name: str(tried) for name, tried in tuning.space.items()},
        "rows": {part.name: [len(part.fit), len(part.valid)] for part in tuning.parts},
        "told": str(found).splitlines(),
        **found.as_dict(),
    }
    write_atomically(folder / FOUND, f"{to_json(result)}\n".encode())
    return result


def help_search(folder: Path, asked: Asked) -> None:
    """Make trials for the process that has started this one, as long as that lives and there are places."""
    parent = int(os.environ[HELPS])
    for _ in each_trial(_prepared(folder, asked, quiet=True), waits=False, stop=lambda: os.getppid() != parent):
        pass


def show_tuned(result: Mapping[str, Any], *, json: bool, quiet: bool) -> None:
    """Print all as JSON, or what was chosen and what it is worth, or nothing."""
    if json:
        show_json(result)
    elif not quiet:
        best, trials = result["best"], result["trials"]
        pruned = sum(trial["state"] == "pruned" for trial in trials)
        folder = Path(result["paths"]["recipe"]).parent
        print()
        show_facts(
            {
                "results": str(folder),
                "trials": f"{len(trials)}, of which {pruned} were ended early",
                "best": f"trial {best['number'] + 1}: {_told(best['values'])}",
                "train": f"foveal train {result['source']} --recipe {result['paths']['recipe']}",
                "seed": str(result["seed"]),
            }
        )
        for line in result["told"]:
            print(line)


def line(finished: Finished, total: int, metric: str, best: Finished | None) -> str:
    """Say in one line what a trial brought.

    >>> line(Finished(6, "pruned", 0.5, 4, 2.34, {"learning_rate": 0.01234}), 30, "accuracy", None)
    'trial  7 of 30  accuracy 0.5000, ended early  4 epochs  2.3 s  learning_rate=0.0123'
    """
    place = f"trial {finished.number + 1:>{len(str(total))}} of {total}"
    score = "no score" if finished.score is None else f"{metric} {finished.score:.4f}"
    early = f", {finished.said.partition(':')[0] or 'ended early'}" if finished.state == "pruned" else ""
    beside = "" if best is None else f"  best {number(best.score)} (trial {best.number + 1})"
    took = f"{finished.epochs} epoch{'s' * (finished.epochs != 1)}  {finished.seconds:.1f} s"
    return f"{place}  {score}{early}{beside}  {took}  {_told(finished.values)}"


def _told(values: Mapping[str, Any]) -> str:
    return " ".join(f"{n}={v:.3g}" if isinstance(v, float) else f"{n}={v}" for n, v in values.items())


def _prepared(folder: Path, asked: Asked, *, quiet: bool) -> Tuning:
    found = searched("tune", asked.source, asked.parameters, asked.reading, quiet=quiet)
    return prepare(
        found.estimator,
        found.data.X_train,
        found.data.y_train,
        folder=folder,
        space=space_of(asked.tried) or None,
        trials=asked.trials,
        nested=asked.nested,
        groups=found.data.groups,
        random_state=asked.seed,
    )


def _made(tuning: Tuning, *, quiet: bool) -> dict[str, Finished]:
    """Say what is tried and on which rows, and give the best trial of each part that is there already."""
    best: dict[str, Finished] = {}
    told = [f"tries {name} = {tried}" for name, tried in tuning.space.items()]
    for part in tuning.parts:
        test = "" if part.test is None else f"; {len(part.test):,} others are kept for the end"
        told.append(f"{part.name}: {len(part.fit):,} rows to learn from, {len(part.valid):,} to choose by{test}")
        there = made_so_far(tuning, part)
        best |= _best(part, there)
        told += [f"{part.name}: {len(there)} of {tuning.trials} trials are there already"] if there else []
    for sentence in () if quiet else told:
        say(sentence)
    return best


def _make(tuning: Tuning, best: dict[str, Finished], *, quiet: bool) -> None:
    """Make the trials, and tell of each that this process has made; `best` are those of the parts so far."""
    kind = tuning.plan.problem.kind
    for part, finished in each_trial(tuning):
        best |= _best(part, [*filter(None, [best.get(part.name)]), finished])
        if not quiet:
            told = line(finished, tuning.trials, kind.followed or kind.metric, best.get(part.name))
            say(told if len(tuning.parts) == 1 else f"{part.name}: {told}")


def _best(part: Part, trials: Sequence[Finished]) -> dict[str, Finished]:
    """Give the best complete trial of a part, if there is one, by the part's name."""
    complete = [trial for trial in trials if trial.state == "complete"]
    return {part.name: best_of(complete)} if complete else {}


@contextmanager
def _helpers(folder: Path, number: int) -> Iterator[None]:
    """Let other processes make trials too, and end them where this one is broken off; all share this one's threads."""
    threads = max(1, torch.get_num_threads() // (number + 1))
    environment = os.environ | {HELPS: str(os.getpid()), "OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, "-m", "foveal", "tune", "--out", str(folder), "--resume", "--quiet"]
    started = [subprocess.Popen(command, env=environment) for _ in range(number)]  # noqa: S603  (our own)
    try:
        with running_threads(threads):
            yield
    finally:
        for process in started:
            if sys.exc_info()[0] is not None:
                process.terminate()
            process.wait()


def _columns(found: Tuned) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {
        "trial": [trial.number + 1 for trial in found.trials],
        "state": [trial.state for trial in found.trials],
        "score": [float("nan") if trial.score is None else trial.score for trial in found.trials],
        "epochs": [trial.epochs for trial in found.trials],
        "seconds": [trial.seconds for trial in found.trials],
    }
    return columns | {name: [trial.values[name] for trial in found.trials] for name in found.best.values}
