"""A study in a file: who tries what, once each, whoever is killed meanwhile. Optuna chooses and keeps.

Places are numbered from 0 to the number of trials asked for. A place is taken while a living process tries it, and for
good once it is complete or pruned. Where a process was killed its trial is marked as failed, and the next one to come
tries the same place with the same parameters and the same seed.
"""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foveal.core.errors import DataError, ModelFileError, ParameterError, ResourceError
from foveal.core.randomness import derive
from foveal.search.locks import is_alive, one_at_a_time, sign_of_life
from foveal.search.space import Choices, Range, Space

#: Files of a search in its folder.
STUDY, LOCK, WORKERS = "study.db", "study.lock", "workers"
#: Trials drawn by chance before any model of them, and trials that must be complete before one is pruned.
DRAWN, BEFORE_PRUNING = 10, 5
#: Epochs that every trial is given.
FIRST_EPOCHS = 4
PLACE, WORKER, IDENTITY = "place", "worker", "identity"


@dataclass(frozen=True)
class Taken:
    """A place that this process tries: its number from 0, its seed, the values of the parameters, Optuna's trial."""

    place: int
    seed: int
    values: Mapping[str, Any]
    trial: Any


@dataclass(frozen=True)
class Study:
    """An open study of this process, which the others know as `worker`."""

    folder: Path
    name: str
    worker: str
    seed: int
    space: Space
    optuna: Any
    study: Any

    def take(self, places: int) -> Taken | None:
        """Take the first free place of so many; None where there is none: all are done, or others are at them."""
        with one_at_a_time(self.folder / LOCK), quiet(self.optuna):
            self._give_up_dead()
            trials = self.study.get_trials(deepcopy=False)
            gone = self._states("COMPLETE", "PRUNED", "RUNNING")
            held = {t.user_attrs.get(PLACE) for t in trials if t.state in gone}
            waiting = [t for t in trials if t.state in self._states("WAITING")]
            free = waiting[0].user_attrs[PLACE] if waiting else next((p for p in range(places) if p not in held), None)
            if free is None:
                return None
            broken_off = [
                t.params for t in trials if t.user_attrs.get(PLACE) == free and len(t.params) == len(self.space)
            ]
            if broken_off and not waiting:
                self.study.enqueue_trial(broken_off[-1], user_attrs={PLACE: free})
            seed = derive(self.seed, "search", free) % 2**32
            self.study.sampler = self.optuna.samplers.TPESampler(n_startup_trials=DRAWN, seed=seed)
            trial = self.study.ask(distributions(self.optuna, self.space))
            trial.set_user_attr(PLACE, free)
            trial.set_user_attr(WORKER, self.worker)
        return Taken(free, derive(self.seed, "trial", free) % 2**31, self.values(trial.params), trial)

    def others_at_work(self) -> bool:
        """Tell whether a trial is being made."""
        return any(t.state in self._states("RUNNING") for t in self.study.get_trials(deepcopy=False))

    def finished(self) -> list[Any]:
        """Give Optuna's trials that are complete or pruned, by place."""
        trials = self.study.get_trials(deepcopy=False, states=self._states("COMPLETE", "PRUNED"))
        return sorted(trials, key=lambda trial: trial.user_attrs[PLACE])

    def close(self, taken: Taken, state: str, value: float | None = None) -> None:
        """Say how a trial ended: "COMPLETE" with its value, "PRUNED", or "FAIL": then its place is free again."""
        with quiet(self.optuna):
            self.study.tell(taken.trial, value, state=self.optuna.trial.TrialState[state])

    def values(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Give the values of parameters for what Optuna keeps of them."""
        return {name: _value(self.space[name], kept) for name, kept in params.items()}

    def _give_up_dead(self) -> None:
        for trial in self.study.get_trials(deepcopy=False, states=self._states("RUNNING")):
            if not is_alive(self.folder / WORKERS, trial.user_attrs.get(WORKER)):
                self.study.tell(trial.number, state=self.optuna.trial.TrialState.FAIL)

    def _states(self, *names: str) -> tuple[Any, ...]:
        return tuple(self.optuna.trial.TrialState[name] for name in names)


@contextmanager
def opened(folder: Path, name: str, seed: int, space: Space, identity: Mapping[str, str]) -> Iterator[Study]:
    """Open a study in a folder, or begin it; raises where one of that name was begun with other data or settings."""
    optuna = load_optuna()
    from sqlalchemy.engine import URL  # Optuna needs it

    (folder / WORKERS).mkdir(parents=True, exist_ok=True)
    url = URL.create("sqlite", database=str((folder / STUDY).absolute())).render_as_string()
    with _readable(folder, optuna), sign_of_life(folder / WORKERS) as worker:
        with one_at_a_time(folder / LOCK), quiet(optuna):
            storage = optuna.storages.RDBStorage(url, engine_kwargs={"connect_args": {"timeout": 60}})
            pruner = optuna.pruners.MedianPruner(BEFORE_PRUNING, FIRST_EPOCHS)
            how = {"storage": storage, "study_name": name, "direction": "maximize", "pruner": pruner}
            study = optuna.create_study(**how, load_if_exists=True)
            _check_same(study, folder, identity)
        try:
            yield Study(folder, name, worker, seed, space, optuna, study)
        finally:
            storage.remove_session()
            storage.engine.dispose()


@contextmanager
def _readable(folder: Path, optuna: Any) -> Iterator[None]:
    """Say of a study.db that is damaged or cannot be written which one it is, and what to do."""
    from sqlalchemy.exc import DatabaseError, OperationalError

    try:
        yield
    except (DatabaseError, optuna.exceptions.StorageInternalError) as error:
        cause = error.__cause__ if isinstance(error, optuna.exceptions.StorageInternalError) else error
        why = getattr(cause, "orig", None) or cause
        if isinstance(cause, OperationalError):
            raise ResourceError(f"{folder / STUDY} cannot be used: {why}; choose another folder") from error
        raise ModelFileError(
            f"{folder / STUDY} is damaged, or no file of a search: {why}; choose another folder, or begin anew (foveal "
            "tune --force)"
        ) from error


def load_optuna() -> Any:
    """Import Optuna, which is optional."""
    try:
        import optuna
    except ImportError as error:
        raise ResourceError('a search needs optuna: pip install "foveal[tune]"') from error
    return optuna


@contextmanager
def quiet(optuna: Any) -> Iterator[None]:
    """Let Optuna say nothing, and leave its own setting as it was."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)


def distributions(optuna: Any, space: Space) -> dict[str, Any]:
    """Give a space as Optuna has it; choices go by their texts, as its file holds no lists."""
    made: dict[str, Any] = {}
    for name, tried in space.items():
        if isinstance(tried, Choices):
            made[name] = optuna.distributions.CategoricalDistribution([repr(value) for value in tried.values])
        elif tried.whole:
            made[name] = optuna.distributions.IntDistribution(int(tried.low), int(tried.high), log=tried.log)
        else:
            made[name] = optuna.distributions.FloatDistribution(tried.low, tried.high, log=tried.log)
    return made


def _value(tried: Range | Choices, kept: Any) -> Any:
    return {repr(v): v for v in tried.values}[kept] if isinstance(tried, Choices) else kept


def _check_same(study: Any, folder: Path, identity: Mapping[str, str]) -> None:
    before = study.user_attrs.get(IDENTITY)
    if before is None:
        study.set_user_attr(IDENTITY, dict(identity))
        return
    for what, told in identity.items():
        if before.get(what) != told:
            kind = DataError if what in ("data", "folds") else ParameterError
            raise kind(
                f"the search in {folder} was begun with other {what}, so its trials do not count for this one; choose "
                "another folder, or begin it anew (foveal tune --force)"
            )
