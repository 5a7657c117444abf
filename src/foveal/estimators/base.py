"""What the three estimators share: parameters stored, fit, partial_fit, predict, score, summary, save."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from typing import Any, Self

import numpy as np
import torch
from sklearn.utils import ClassifierTags, RegressorTags, Tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from foveal.core.daemon_exit import at_work
from foveal.core.errors import DivergedError, ParameterError
from foveal.core.rules import shown
from foveal.core.shelter import sheltered
from foveal.data.targets import as_labels, given_classes
from foveal.estimators.constructor import Parameters
from foveal.fitted.predict import collect, cost_of
from foveal.fitted.saving import save
from foveal.fitting.budget import answering
from foveal.fitting.checkpointing import Keeper, keeping
from foveal.fitting.inputs import check_weights
from foveal.fitting.prepare import Job, prepare
from foveal.fitting.prepare_more import prepare_more
from foveal.fitting.progress import progress
from foveal.fitting.run import check_learnt
from foveal.models import Summary, summarize
from foveal.tasks.kind import Kind, Problem
from foveal.tasks.scoring import read_truth
from foveal.train import EpochReport, TrainState, keep_best, train, used_up
from foveal.train.loop import never
from foveal.train.processes.distributed import joined
from foveal.train.report import history_of
from foveal.train.stopping import LastGood, restore_best


def _has_probabilities(estimator: "BaseCNN") -> bool:
    problem = getattr(estimator, "_problem", None)
    if problem is not None:
        return bool(problem.has_probabilities)
    return estimator._kind().has_probabilities(estimator.loss)


def _has_classes(estimator: "BaseCNN") -> bool:
    problem = getattr(estimator, "_problem", None)
    return (estimator._kind() if problem is None else problem.kind).classifies


class BaseCNN(Parameters):
    """Parameters in; task, network and engine out. `CNN`, `CNNClassifier` and `CNNRegressor` differ in `_kind`."""

    _state: TrainState | None

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a new network on X and y.

        Parameters
        ----------
        X : array, tensor, DataFrame or memory map of shape (N, L), (N, H, W), (N, C, H, W), (N, H, W, C) or
            (N, C, D, H, W); see `layout`. uint8 is divided by 255, then every channel is standardised, of a table
            every column.
        y : labels (N,), a 0/1 indicator (N, labels), or values (N,) or (N, targets).
        sample_weight : weight of each row in the loss, (N,); rows of weight 0 are left out.

        Raises `DataError` or `ParameterError` before the first epoch, `DivergedError` if the loss is no longer finite.
        Interrupted, or diverged, the estimator keeps the network as the last good epoch left it. With `checkpoint` the
        run is saved while it lasts, and the same call goes on with one that was broken off, to the same bits.
        """
        with (
            at_work(),
            sheltered(),
            joined() as processes,
            keeping(self.checkpoint, self.checkpoint_every, processes) as keeper,
        ):
            return self._run(prepare(self, X, y, sample_weight, keeper=keeper), keeper)

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one pass over X and y at the constant learning rate, keeping weights, statistics and optimizer.

        The first call fixes the input's and the targets' scale and needs `classes`, all labels there will be.
        """
        if getattr(self, "_problem", None) is not None:
            self._check_classes(classes)
            with at_work(), sheltered(), joined() as processes:
                job = prepare_more(self, X, y, sample_weight, processes=processes)
                return self._run(job, Keeper(processes=processes))
        needs_classes = classes is None and self._kind().needs_classes and not self.one_hot
        if needs_classes and y is not None and as_labels(y).ndim == 1:
            raise ParameterError("classes must be passed on the first call to partial_fit: all labels there will be")
        with at_work(), sheltered(), joined() as processes:
            keeper = Keeper(processes=processes)
            job = prepare(self, X, y, sample_weight, keeper=keeper, one_pass=True, classes=classes)
            return self._run(job, keeper)

    def predict(self, X: Any) -> np.ndarray:
        """Predict labels (N,), an indicator (N, labels), or values (N,) or (N, targets), for rows shaped as in fit."""
        problem, task = self._fitted()
        with sheltered():
            return problem.kind.decode(problem, collect(self, X, task.decode))

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict probabilities, (N, classes) in the order of `classes_`, or (N, labels) of each label."""
        _, task = self._fitted()
        assert task.probabilities is not None  # noqa: S101  (available_if has seen to it)
        with sheltered():
            return collect(self, X, task.probabilities)

    @available_if(_has_classes)  # type: ignore[untyped-decorator]
    def decision_function(self, X: Any) -> np.ndarray:
        """Give the outputs, (N, classes) or (N, labels); for two classes the second's less the first's, (N,)."""
        problem, _ = self._fitted()
        with sheltered():
            out = collect(self, X, torch.Tensor.numpy)
        return out[:, 1] - out[:, 0] if problem.one_class and out.shape[1] == 2 else out

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Give the accuracy, the share of rows with every label right, or R2."""
        problem, _ = self._fitted()
        predicted = self.predict(X)
        weight = check_weights(sample_weight, len(predicted))
        truth = read_truth(problem, y, len(predicted), one_hot=self._parameters["one_hot"])
        return problem.kind.score(predicted, truth, weight)

    def summary(self) -> Summary:
        """List the fitted network's layers, shapes, parameters, multiply-adds and receptive fields."""
        self._fitted()
        with sheltered():
            return summarize(self.net_, self.input_shape_)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the fitted model to one file, weights and description, that `foveal.load` reads."""
        self._fitted()
        with sheltered():
            save(self, path)

    def _kind(self) -> Kind:
        raise NotImplementedError

    def _run(self, job: Job, keeper: Keeper) -> Self:
        """Train, show, save, stop early; then keep what was learnt."""
        state, stops = job.state, self.early_stopping and job.valid is not None
        pause = never if keeper.folder is None else keeper.pause
        over = stops and used_up(state, self.patience)  # a run that goes on may be
        with (
            self._salvaging(job, goes_on=keeper.goes_on) as good,
            progress(self.verbose if keeper.processes.rank == 0 else 0, job, goes_on=keeper.goes_on) as show,
            answering(job.memory),
            keeper.watching(),
        ):
            for event in () if over else train(state, job.batches, job.valid, job.task, job.config, pause):
                if isinstance(event, EpochReport):
                    good.note(state)
                    show(event)
                    if stops:
                        keep_best(state, event, job.config.monitor)
                        if used_up(state, self.patience):
                            break
                keeper.rest(state)
            keeper.save(state)
            keeper.signals.raise_noted()
            return self._keep(job)

    @contextmanager
    def _salvaging(self, job: Job, *, goes_on: bool) -> Iterator[LastGood]:
        """Where a run is broken off or diverges, keep the network as the last good epoch left it."""
        good = LastGood(validated=job.valid is not None)
        if goes_on and job.state.epoch and not job.state.position:
            good.note(job.state)
        try:
            yield good
        except (KeyboardInterrupt, SystemExit, DivergedError) as error:
            if good.epoch:
                good.put_back(job.state)
                with suppress(DivergedError):
                    self._keep(job)
                    if isinstance(error, DivergedError):
                        self._state = None  # the optimizer has gone astray
            raise

    def _keep(self, job: Job) -> Self:
        restore_best(job.state)
        check_learnt(job)
        for name in ("classes_", "n_features_in_", "feature_names_in_"):
            self.__dict__.pop(name, None)  # of an earlier fit
        self.__dict__.update(job.columns)
        self._state = job.state
        self._parameters = job.parameters
        self._problem = job.problem
        self.net_ = job.state.result.eval()
        self.layout_, self.input_shape_ = job.layout, job.input_shape
        self._cost = cost_of(self.net_, self.input_shape_)
        self.history_ = history_of(job.state.history)
        self.n_epochs_ = len(job.state.history)
        self._kept_epoch = job.state.best.epoch or self.n_epochs_
        if job.problem.classes is not None:
            self.classes_ = job.problem.classes
        return self

    def _fitted(self) -> tuple[Problem, Any]:
        if not self.__sklearn_is_fitted__():
            check_is_fitted(self)  # which makes the tags first, a tenth of a small network's answer
        problem: Problem = self._problem
        return problem, problem.kind.task(problem, problem.kind.losses[0], 0.0, torch.float32)

    def _check_classes(self, classes: Any) -> None:
        known = self._problem.classes
        if classes is not None and known is not None and set(given_classes(classes).tolist()) != set(known.tolist()):
            raise ParameterError(
                f"classes={shown(classes)} is not the same as on the first call to partial_fit: {shown(known.tolist())}"
            )

    def __sklearn_is_fitted__(self) -> bool:
        return getattr(self, "_problem", None) is not None

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        kind = self._kind_or_none()
        tags.estimator_type = None if kind is None else "classifier" if kind.classifies else "regressor"
        tags.classifier_tags = ClassifierTags(multi_label=True) if tags.estimator_type == "classifier" else None
        tags.regressor_tags = RegressorTags() if tags.estimator_type == "regressor" else None
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        tags.input_tags.three_d_array = True
        return tags

    def _kind_or_none(self) -> Kind | None:
        try:
            return self._kind()
        except ParameterError:  # a loss that is a function, and no task: nothing is known before fit says so
            return None
