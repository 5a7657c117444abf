"""What the three estimators share: parameters stored, fit, partial_fit, predict, score, summary, save."""

import copy
from os import PathLike
from typing import Any, Self

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import ClassifierTags, RegressorTags, Tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from foveal.core.choices import TaskName
from foveal.core.device import running_threads
from foveal.core.errors import ParameterError
from foveal.core.parameters import DEFAULTS as D
from foveal.core.parameters import PARAMETERS
from foveal.data.arrays import check_finite, check_inputs
from foveal.data.layout import channels_last
from foveal.data.store import Mapped
from foveal.data.targets import as_labels
from foveal.estimators.prepare import Job, machine_of, prepare, prepare_more
from foveal.estimators.problem import Problem, decode, make_task
from foveal.estimators.progress import progress
from foveal.models import Summary, summarize
from foveal.train import TrainState, keep_best, outputs, train, used_up
from foveal.train.evaluate import rows_at_once
from foveal.train.report import COLUMNS
from foveal.train.stopping import restore_best


def _has_probabilities(estimator: "BaseCNN") -> bool:
    problem = getattr(estimator, "_problem", None)
    if problem is not None:
        return bool(problem.has_probabilities)
    return estimator._kind() != "regression" and estimator.loss != "hinge"


class BaseCNN(BaseEstimator):  # type: ignore[misc]
    """Parameters in; task, network and engine out. `CNN`, `CNNClassifier` and `CNNRegressor` differ in `_kind`."""

    def __init__(
        self,
        *,
        in_channels_list: Any = D.in_channels_list,
        in_features_list: Any = D.in_features_list,
        out_channels: Any = D.out_channels,
        out_features: Any = D.out_features,
        filter_size: Any = D.filter_size,
        activation: Any = D.activation,
        optimizer: Any = D.optimizer,
        loss: Any = D.loss,
        initializer: Any = D.initializer,
        padding: Any = D.padding,
        stride: Any = D.stride,
        do_batch_norm: Any = D.do_batch_norm,
        momentum: Any = D.momentum,
        do_pooling: Any = D.do_pooling,
        pool_filter_size: Any = D.pool_filter_size,
        pool_stride: Any = D.pool_stride,
        pool_mode: Any = D.pool_mode,
        do_dropout: Any = D.do_dropout,
        dropout_rate: Any = D.dropout_rate,
        batch_size: Any = D.batch_size,
        n_epochs: Any = D.n_epochs,
        learning_rate: Any = D.learning_rate,
        valid_size: Any = D.valid_size,
        lambda_: Any = D.lambda_,
        early_stopping: Any = D.early_stopping,
        patience: Any = D.patience,
        shuffle: Any = D.shuffle,
        random_state: Any = D.random_state,
        net: Any = D.net,
        task: Any = D.task,
        layout: Any = D.layout,
        one_hot: Any = D.one_hot,
        schedule: Any = D.schedule,
        augment: Any = D.augment,
        class_weight: Any = D.class_weight,
        label_smoothing: Any = D.label_smoothing,
        clip_norm: Any = D.clip_norm,
        ema_decay: Any = D.ema_decay,
        accumulate: Any = D.accumulate,
        checkpoint: Any = D.checkpoint,
        device: Any = D.device,
        precision: Any = D.precision,
        kernels: Any = D.kernels,
        verbose: Any = D.verbose,
    ) -> None:
        given = locals()
        for name in PARAMETERS:
            setattr(self, name, given[name])

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a new network on X and y.

        Parameters
        ----------
        X : array, tensor, DataFrame or memory map of shape (N, L), (N, H, W), (N, C, H, W), (N, H, W, C) or
            (N, C, D, H, W); see `layout`. uint8 is divided by 255, then every channel is standardised.
        y : labels (N,), a 0/1 indicator (N, labels), or values (N,) or (N, targets).
        sample_weight : weight of each row in the loss, (N,); rows of weight 0 are left out.

        Raises `DataError` or `ParameterError` before the first epoch, `DivergedError` if the loss is no longer finite.
        Interrupted from the keyboard, the estimator keeps the network as the last finished epoch left it.
        """
        return self._run(prepare(self, X, y, sample_weight))

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one pass over X and y at the constant learning rate, keeping weights, statistics and optimizer.

        The first call fixes the input's and the targets' scale and needs `classes`, all labels there will be.
        """
        if getattr(self, "_problem", None) is not None:
            self._check_classes(classes)
            return self._run(prepare_more(self, X, y, sample_weight))
        if classes is None and self._kind() == "classification" and not self.one_hot and as_labels(y).ndim == 1:
            raise ParameterError("classes must be passed on the first call to partial_fit: all labels there will be")
        return self._run(prepare(self, X, y, sample_weight, one_pass=True, classes=classes))

    def predict(self, X: Any) -> np.ndarray:
        """Predict labels (N,), an indicator (N, labels), or values (N,) or (N, targets), for rows shaped as in fit."""
        problem, task = self._fitted()
        parts = [task.decode(out) for out in self._outputs(X)]
        return decode(problem, np.concatenate(parts))

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict probabilities, (N, classes) in the order of `classes_`, or (N, labels) of each label."""
        _, task = self._fitted()
        assert task.probabilities is not None  # noqa: S101  (available_if has seen to it)
        return np.concatenate([task.probabilities(out) for out in self._outputs(X)])

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Give the accuracy, the share of rows with every label right, or R2."""
        problem, _ = self._fitted()
        if problem.kind == "regression":
            return float(r2_score(y, self.predict(X), sample_weight=sample_weight))
        y = as_labels(y)
        if problem.kind == "classification" and y.ndim == 2:
            y = y.argmax(axis=1)
        right = self.predict(X) == y
        if right.ndim == 2:
            right = right.all(axis=1)
        return float(accuracy_score(np.ones(len(right), bool), right, sample_weight=sample_weight))

    def summary(self) -> Summary:
        """List the fitted network's layers, shapes, parameters, multiply-adds and receptive fields."""
        self._fitted()
        return summarize(self.net_, self.input_shape_)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the fitted model to one file, weights and description, that `foveal.load` reads."""
        from foveal.estimators.persist import save  # persist builds estimators: the other way round is a cycle

        self._fitted()
        save(self, path)

    def _kind(self) -> TaskName:
        raise NotImplementedError

    def _run(self, job: Job) -> Self:
        """Train, show, stop early; then keep what was learnt."""
        state = job.state
        try:
            with progress(self.verbose, job) as show:
                for report in train(state, job.batches, job.valid, job.task, job.config):
                    show(report)
                    if self.early_stopping and job.valid is not None:
                        keep_best(state, report)
                        if used_up(state, self.patience):
                            break
        except KeyboardInterrupt:
            if state.history:
                self._keep(job)
            raise
        return self._keep(job)

    def _keep(self, job: Job) -> Self:
        restore_best(job.state)
        self._state: TrainState | None = job.state
        self._problem = job.problem
        self.net_ = job.state.result.eval()
        self.layout_, self.input_shape_ = job.layout, job.input_shape
        self.history_ = {name: [getattr(r, name) for r in job.state.history] for name in COLUMNS}
        self.n_epochs_ = len(job.state.history)
        if job.problem.classes is not None:
            self.classes_ = job.problem.classes
        return self

    def _fitted(self) -> tuple[Problem, Any]:
        check_is_fitted(self)
        problem: Problem = self._problem
        default = {"classification": "cross_entropy", "labels": "cross_entropy", "regression": "mse"}[problem.kind]
        return problem, make_task(problem, default, 0.0, torch.float32)

    def _outputs(self, X: Any) -> Any:
        """Yield the network's outputs, a bounded number of rows at a time.

        Regression runs in double precision unless float32 was asked for: its predictions then do not depend, to 1e-7,
        on the rows they are made together with.
        """
        X = channels_last(check_inputs(self, X, fitted=(self.layout_, self.input_shape_)), self.layout_)
        machine = machine_of(self.get_params(deep=False))
        weight = next(self.net_.parameters())
        double = self._problem.kind == "regression" and self.precision == "auto" and weight.device.type != "mps"
        net = copy.deepcopy(self.net_).double() if double else self.net_
        dtype = torch.float64 if double else weight.dtype
        check_finite(X, np.float64 if dtype == torch.float64 else np.float32)
        store = Mapped(X, np.arange(len(X)), dtype, weight.device)
        autocast = torch.bfloat16 if machine.precision == "bfloat16" and not double else None
        threads = 1 if self._state is None else self._state.threads
        with running_threads(threads):
            yield from outputs(net, store, rows_at_once(X[0].size), autocast)

    def _check_classes(self, classes: Any) -> None:
        known = self._problem.classes
        if classes is not None and known is not None and set(np.asarray(classes).tolist()) != set(known.tolist()):
            raise ParameterError(
                f"classes={list(classes)!r} is not the same as on the first call to partial_fit: {known.tolist()!r}"
            )

    def __sklearn_is_fitted__(self) -> bool:
        return getattr(self, "_problem", None) is not None

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        kind = self._kind_or_none()
        tags.estimator_type = None if kind is None else "regressor" if kind == "regression" else "classifier"
        tags.classifier_tags = ClassifierTags(multi_label=True) if tags.estimator_type == "classifier" else None
        tags.regressor_tags = RegressorTags() if kind == "regression" else None
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        tags.input_tags.three_d_array = True
        return tags

    def _kind_or_none(self) -> TaskName | None:
        try:
            return self._kind()
        except ParameterError:  # a loss that is a function, and no task: nothing is known before fit says so
            return None
