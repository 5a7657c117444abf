"""What all estimators share: fit, epochs, partial_fit; the rest is in `predictor`. Sources need no scikit-learn."""

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Self

import numpy as np

from foveal.core.errors import DataError, ParameterError
from foveal.core.forms import is_signals
from foveal.core.rules import shown
from foveal.data.arrays import check_inputs
from foveal.data.signals.given import signals_given, signals_like
from foveal.data.source import is_source
from foveal.data.targets import as_labels, given_classes
from foveal.estimators.predictor import Predictor
from foveal.fitted.model import Fitted
from foveal.fitting.checkpointing import keeping
from foveal.fitting.inputs import checked_parameters
from foveal.fitting.prepare import Job, prepare
from foveal.fitting.prepare_more import prepare_more
from foveal.fitting.request import Request
from foveal.fitting.run import run, running, working
from foveal.train import EpochReport, TrainState
from foveal.train.processes.distributed import Processes, joined


class BaseCNN(Predictor):
    """Parameters in; a fitted model out. Who inherits it has the parameters as attributes, and says its `_kind`.

    What a fit leaves is `fitted_`; the other attributes that end in an underscore are read off it.
    """

    _state: TrainState | None
    task: Any
    layout: Any
    augment: Any
    early_stopping: Any
    patience: Any
    checkpoint: Any
    checkpoint_every: Any
    one_hot: Any
    calibration: Any
    verbose: Any

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give the parameters by their names."""
        raise NotImplementedError

    @property
    def _name(self) -> str:
        """What a model file calls it."""
        return type(self).__name__

    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, validation: Any = None, groups: Any = None) -> Self:
        """Train a new network on X and y.

        Parameters
        ----------
        X : array, tensor, DataFrame or memory map of shape (N, L), (N, H, W), (N, C, H, W), (N, H, W, C) or
            (N, C, D, H, W); see `layout`. uint8 is divided by 255, then every channel is standardised, of a table
            every column. Or a source,
            `foveal.data.source.Source`.
        y : labels (N,), a 0/1 indicator (N, labels), values (N,) or (N, targets), or points (N, points, axes).
        sample_weight : weight of each row in the loss, (N,); rows of weight 0 are left out.
        validation : (X, y), or (X, y, sample_weight), to validate on in place of `valid_size` of the rows, which then
            all train.
        groups : to which group each row belongs, (N,); those of one group are all held out or all trained on, as
            near to `valid_size` as whole groups come.

        Raises `DataError` or `ParameterError` before the first epoch, `DivergedError` if the loss is no longer finite.
        Interrupted, or diverged, the estimator keeps the network as the last good epoch left it. With `checkpoint` the
        run is saved while it lasts, and the same call goes on with one that was broken off, to the same bits.
        """
        how = {"validation": validation, "groups": groups}
        with self._running(X, y, sample_weight, self.checkpoint, **how) as (events, around), around():
            for _ in events:
                pass
        return self

    def epochs(
        self, X: Any, y: Any, sample_weight: Any = None, *, validation: Any = None, groups: Any = None
    ) -> Iterator[EpochReport]:
        """Train as `fit` does, and yield a report after each epoch; parameters and errors are those of `fit`.

        The estimator is fitted from the first report on, with the network as it then is, so it can be scored, saved or
        asked within the loop; to change it there, or to fit it anew, is refused at the next report, and a copy is made
        with `copy.deepcopy`. Who leaves the loop keeps what was learnt. Nothing is looked at before the first report
        is asked for.

        >>> import numpy as np
        >>> from foveal import CNNClassifier
        >>> X, y = np.random.default_rng(0).normal(size=(40, 8, 8)), np.arange(40) % 2
        >>> model = CNNClassifier(n_epochs=50, random_state=0)
        >>> for report in model.epochs(X, y):
        ...     if report.epoch == 3:
        ...         break
        >>> model.n_epochs_
        3
        """
        how = {"validation": validation, "groups": groups, "each": True}
        with self._running(X, y, sample_weight, self.checkpoint, **how) as (events, around):
            while True:
                with around():
                    report = next(events, None)
                if report is None:
                    return
                yield report

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one pass over X and y at the constant learning rate, keeping weights, statistics and optimizer.

        The first call fixes the input's and the targets' scale and needs `classes`, all labels there will be.
        """
        if self.__sklearn_is_fitted__():
            self._check_classes(classes)
            begun = self._running(X, y, sample_weight, more=True)
        else:
            self._ask_for_classes(y, classes)
            begun = self._running(X, y, sample_weight, one_pass=True, classes=classes)
        with begun as (events, around), around():
            for _ in events:
                pass
        return self

    @contextmanager
    def _running(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        checkpoint: Any = None,
        *,
        each: bool = False,
        more: bool = False,
        **how: Any,
    ) -> Iterator[tuple[Iterator[EpochReport], Callable[[], AbstractContextManager[None]]]]:
        """Prepare a run and give its epochs, and what has to stand around each moment in which it computes."""
        with ExitStack() as opened:
            with working():
                processes = opened.enter_context(joined())
                keeper = opened.enter_context(keeping(checkpoint, self.checkpoint_every, processes))
                if more:
                    job = self._prepared_more(X, y, sample_weight, processes)
                else:
                    job = self._prepared(X, y, sample_weight, keeper=keeper, **how)
            patience = self.patience if self.early_stopping and job.valid is not None else None
            events = run(job, keeper, self._taker(alone=each), patience=patience, verbose=self.verbose, each=each)
            yield opened.enter_context(closing(events)), partial(running, job, keeper)

    def _request(self, columns: Mapping[str, Any], *, validated: bool = False) -> Request:
        parameters = checked_parameters(self.get_params(deep=False), validated=validated)
        return Request(self._name, parameters, self._kind(), columns)

    def _prepared(self, X: Any, y: Any, sample_weight: Any = None, *, validation: Any = None, **how: Any) -> Job:
        """Check what fit was given, scikit-learn's way, and prepare a run; should it fail, nothing is changed."""
        request = self._request({}, validated=validation is not None)
        self._refuse_no_targets(y)
        X = signals_given(X, self.layout)
        if not is_source(X):
            reader, is_frame = copy.copy(self), hasattr(X, "columns")  # it notes the columns of X
            X = check_inputs(reader, X)
            columns = {name: vars(reader)[name] for name in _COLUMNS if name in vars(reader)}
            names = list(columns.get("feature_names_in_", range(X.shape[1]))) if is_frame else None
            request = replace(request, columns=columns, names=names)
        return prepare(request, X, y, sample_weight, validation=validation, **how)

    def _prepared_more(self, X: Any, y: Any, sample_weight: Any, processes: Processes) -> Job:
        fitted = self.fitted_
        request = self._request(fitted.columns)
        self._refuse_no_targets(y)
        if fitted.layout is not None and is_signals(fitted.form):
            X = X if is_source(X) else signals_like(X, fitted.layout)
        elif fitted.layout is not None and not is_source(X):
            X = check_inputs(self, X, fitted=(fitted.layout, fitted.input_shape))
        return prepare_more(request, fitted, self._state, X, y, sample_weight, processes=processes)

    def _refuse_no_targets(self, y: Any) -> None:
        if y is None:
            raise DataError(f"{type(self).__name__} requires y to be passed, but the target y is None")

    def _taker(self, *, alone: bool) -> Callable[[Fitted, TrainState | None], None]:
        """Give what takes the results of one run; `alone` refuses to where others have been kept meanwhile."""
        last = vars(self).get("fitted_")

        def take(fitted: Fitted, state: TrainState | None) -> None:
            nonlocal last
            if alone and vars(self).get("fitted_") is not last:
                raise ParameterError(
                    f"this {type(self).__name__} was fitted anew, or given another net_, while its epochs were "
                    "running; give a clone to the other fit: sklearn.base.clone(model)"
                )
            self._take(fitted, state)
            last = fitted

        return take

    def _take(self, fitted: Fitted, state: TrainState | None) -> None:
        for name in _COLUMNS:
            self.__dict__.pop(name, None)  # of an earlier fit
        self.__dict__.update(fitted.columns)
        self.fitted_, self._state = fitted, state

    def _ask_for_classes(self, y: Any, classes: Any) -> None:
        kind = self._kind()
        if classes is not None or not kind.needs_classes or self.one_hot or y is None:
            return
        # masks hold labels, or shares of all classes there will be
        if np.asarray(y).dtype.kind != "f" if kind.each_place else as_labels(y).ndim == 1:
            raise ParameterError("classes must be passed on the first call to partial_fit: all labels there will be")

    def _check_classes(self, classes: Any) -> None:
        known = self.fitted_.problem.classes
        if classes is not None and known is not None and set(given_classes(classes).tolist()) != set(known.tolist()):
            raise ParameterError(
                f"classes={shown(classes)} is not the same as on the first call to partial_fit: {shown(known.tolist())}"
            )


#: What scikit-learn wants to know of X's columns.
_COLUMNS = ("n_features_in_", "feature_names_in_")
