"""The one constructor of the estimators: it stores, and nothing else. A recipe fills it."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, Self

from sklearn.base import BaseEstimator

from foveal.core.errors import ParameterError, ParameterTypeError
from foveal.core.parameters import COMMON, PARAMETERS, check_parameters, defaults_of, names_of
from foveal.core.parameters import DEFAULTS as D
from foveal.core.recipes import recipe_values
from foveal.core.rules import did_you_mean
from foveal.estimators.display import facts_html


def _suggesting(init: Callable[..., None]) -> Callable[..., None]:
    """Make a constructor name the nearest parameter where one is given that there is not."""

    @wraps(init)
    def _init(self: Any, *args: Any, **parameters: Any) -> None:
        name = type(self).__name__
        unknown = next((given for given in parameters if given not in names_of(name)), None)
        if unknown is not None:
            raise ParameterTypeError(
                f"{name}() got an unexpected keyword argument {unknown!r}{did_you_mean(unknown, names_of(name))}"
            )
        init(self, *args, **parameters)

    return _init


def constructor_of(estimator: str) -> Callable[..., None]:
    """Make the constructor of an estimator that has other parameters than those of arrays: it stores them."""
    defaults = {name: PARAMETERS[name].default for name in names_of(estimator)} | defaults_of(estimator)

    def _init(self: Any, **parameters: Any) -> None:
        for name, value in (defaults | parameters).items():
            if name not in defaults:
                raise ParameterTypeError(
                    f"{estimator}() got an unexpected keyword argument {name!r}{did_you_mean(name, defaults)}"
                )
            setattr(self, name, value)

    keyword = inspect.Parameter.KEYWORD_ONLY
    its = [inspect.Parameter(name, keyword, default=value, annotation=Any) for name, value in defaults.items()]
    first = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    _init.__signature__ = inspect.Signature([first, *its])  # type: ignore[attr-defined]
    _init.__name__, _init.__qualname__ = "__init__", f"{estimator}.__init__"
    return _init


class Parameters(BaseEstimator):  # type: ignore[misc]
    """Parameters under the names and defaults of `core.parameters.TABLE`; `fit` checks them."""

    @_suggesting
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
        dilation: Any = D.dilation,
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
        monitor: Any = D.monitor,
        calibration: Any = D.calibration,
        shuffle: Any = D.shuffle,
        random_state: Any = D.random_state,
        net: Any = D.net,
        stem: Any = D.stem,
        weights: Any = D.weights,
        freeze: Any = D.freeze,
        layer_decay: Any = D.layer_decay,
        task: Any = D.task,
        layout: Any = D.layout,
        one_hot: Any = D.one_hot,
        schedule: Any = D.schedule,
        augment: Any = D.augment,
        class_weight: Any = D.class_weight,
        sampler: Any = D.sampler,
        label_smoothing: Any = D.label_smoothing,
        clip_norm: Any = D.clip_norm,
        ema_decay: Any = D.ema_decay,
        accumulate: Any = D.accumulate,
        checkpoint: Any = D.checkpoint,
        checkpoint_every: Any = D.checkpoint_every,
        device: Any = D.device,
        precision: Any = D.precision,
        kernels: Any = D.kernels,
        workers: Any = D.workers,
        verbose: Any = D.verbose,
    ) -> None:
        values = locals()
        for name in COMMON:
            setattr(self, name, values[name])

    def set_params(self, **params: Any) -> Self:
        """Set parameters, as scikit-learn does it; an unknown one is a `ParameterError` that names the nearest.

        >>> Parameters().set_params(n_epoch=3)
        Traceback (most recent call last):
        foveal.core.errors.ParameterError: Invalid parameter 'n_epoch' for estimator Parameters; did you mean \
'n_epochs'?
        """
        own = self.get_params(deep=False)
        for name in params:
            if name.partition("__")[0] not in own:
                raise ParameterError(
                    f"Invalid parameter {name!r} for estimator {type(self).__name__}{did_you_mean(name, own)}"
                )
        super().set_params(**params)
        return self

    def _repr_html_inner(self) -> str:
        """Show scikit-learn's diagram, and what fit has left below it."""
        return str(super()._repr_html_inner()) + facts_html(vars(self).get("fitted_"))

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        """Give notebooks the same; scikit-learn's settings decide whether it is HTML."""
        bundle: dict[str, str] = super()._repr_mimebundle_(**kwargs)
        return bundle | ({"text/html": self._repr_html_inner()} if "text/html" in bundle else {})

    @classmethod
    def from_recipe(cls, name: str, /, **overrides: Any) -> Self:
        """Make an estimator of a recipe's parameters (`core.recipes.RECIPES`); those given beside its name win.

        Raises `ParameterError` for a recipe or a parameter that is unknown, and for a value that its rule forbids.

        >>> from foveal import CNNClassifier
        >>> CNNClassifier.from_recipe("fast", n_epochs=3).get_params()["optimizer"]
        'muon'
        """
        check_parameters(overrides)
        return cls(**recipe_values(name) | overrides)
