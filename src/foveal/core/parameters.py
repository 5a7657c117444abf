"""The one table of the estimators' parameters: name, default, rule, group, help. Torch-free.

The estimators take their defaults and checks from it, the command line its help and its "did you mean". `network`
parameters describe the plain stack: another `net` makes them meaningless, and then they must keep their defaults.
"""

from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, Literal

from foveal.core.calls import calls_one_of
from foveal.core.choices import (
    ACTIVATIONS,
    AUGMENTATIONS,
    INITIALIZERS,
    LAYOUTS,
    LOSSES,
    NETS,
    OPTIMIZERS,
    PADDINGS,
    POOL_MODES,
    PRECISIONS,
    SCHEDULES,
    TASKS,
)
from foveal.core.epochs import AUTO_EPOCHS, AUTO_STEPS
from foveal.core.errors import ParameterError
from foveal.core.periods import period
from foveal.core.rules import Rule, as_list, check, choice, count, counts, did_you_mean, flag, number, optional, or_auto

Group = Literal["network", "training", "data", "machine"]


@dataclass(frozen=True)
class Parameter:
    """One parameter of the estimators, as help, checks and constructors read it."""

    name: str
    default: Any
    rule: Rule
    group: Group
    help: str


_NO_FLOAT16 = (
    "its range is too small for gradients, which would have to be scaled, and processors emulate it; use 'bfloat16' "
    "where the device has it, else 'float32'"
)


def _is_module(value: Any) -> bool:
    return callable(value) and hasattr(value, "forward")  # a class has it too


def _is_kind(value: Any) -> bool:
    return hasattr(value, "learn") and hasattr(value, "classifies")


def _is_function(value: Any) -> bool:
    return callable(value) and not isinstance(value, type)


def _is_optimizer(value: Any) -> bool:
    return _is_function(value) or (hasattr(value, "step") and hasattr(value, "zero_grad") and isinstance(value, type))


def _is_seed(value: Any) -> bool:
    return hasattr(value, "random_sample") or hasattr(value, "integers")  # random.Random has neither


def _is_augment(value: Any) -> bool:
    return value == "auto" or all(
        calls_one_of(v, AUGMENTATIONS) if isinstance(v, str) else _is_function(v) for v in as_list(value)
    )


def _is_class_weight(value: Any) -> bool:
    return isinstance(value, dict) and all(number(0).holds(v) for v in value.values())


def _is_folder(value: Any) -> bool:
    return (isinstance(value, str) and value != "") or hasattr(value, "__fspath__")


def _is_device(value: Any) -> bool:
    return str(value).split(":")[0] in ("auto", "cpu", "cuda", "mps")


_SIZES = counts(", one for each spatial axis")
_SEED = Rule(
    "None, an integer of at least 0 or a NumPy random state", lambda v: v is None or count(0).holds(v) or _is_seed(v)
)
_LOSS = replace(choice(*LOSSES, also="a function (outputs, targets) -> loss", test=_is_function), made=True)
_AUGMENT = Rule(
    "None, 'auto', or one or a list of "
    + ", ".join(map(repr, AUGMENTATIONS))
    + ", with a strength as in 'rotate(15)', and functions (batch, generator) -> batch",
    lambda v: v is None or _is_augment(v),
    ("auto", *AUGMENTATIONS),
    made=True,
)
_CLASS_WEIGHT = choice("balanced", also="a dict from class to a weight of at least 0", test=_is_class_weight)
_DEVICE = Rule("'auto', 'cpu', 'cuda', 'cuda:1' or 'mps'", _is_device, ("auto", "cpu", "cuda", "mps"))

TABLE: tuple[Parameter, ...] = (
    # The network of the estimator's own parameters
    Parameter("in_channels_list", None, optional(counts("", first_none=True)), "network",
              "input channels of each conv block; None: (channels of X, 32)"),
    Parameter("in_features_list", None, optional(counts("", first_none=True)), "network",
              "input features of each dense layer, the last included; None: (flattened size, 128)"),
    Parameter("out_channels", None, optional(count(1)), "network", "output channels of the last conv block; None: 64"),
    Parameter("out_features", None, optional(count(1)), "network",
              "outputs of the last dense layer; None: classes or targets in y"),
    Parameter("filter_size", 3, _SIZES, "network", "filter size, one number or one for each spatial axis"),
    Parameter("activation", "relu", choice(*ACTIVATIONS, also="a torch.nn.Module", test=_is_module), "network",
              "activation of conv and dense blocks"),
    Parameter("initializer", None, optional(choice(*INITIALIZERS)), "network",
              "of the convolution weights; None: PyTorch's own"),
    Parameter("padding", "same", choice(*PADDINGS), "network", "same: ceil(in / stride) outputs; valid: no padding"),
    Parameter("stride", 1, _SIZES, "network", "stride of the convolutions"),
    Parameter("do_batch_norm", True, flag(), "network", "batch normalisation in conv and dense blocks"),
    Parameter("momentum", 0.9, number(0, 1), "network", "of batch normalisation's running statistics"),
    Parameter("do_pooling", True, flag(), "network", "pooling after each conv block"),
    Parameter("pool_filter_size", 2, _SIZES, "network", "pooling window"),
    Parameter("pool_stride", 2, _SIZES, "network", "stride of the pooling window"),
    Parameter("pool_mode", "max", choice(*POOL_MODES), "network", "maximum or mean of the window"),
    Parameter("do_dropout", True, flag(), "network", "dropout in dense blocks"),
    Parameter("dropout_rate", 0.5, number(0, 1, high_open=True), "network", "fraction of features dropped in training"),
    Parameter("net", None, optional(choice(*NETS, also="a torch.nn.Module, or a function (input shape, outputs) -> one",
              test=lambda v: _is_module(v) or _is_function(v))), "network", "another network than the plain stack"),
    # Training
    Parameter("optimizer", "adam", choice(*OPTIMIZERS, also="a torch.optim class or a function (params, lr)",
              test=_is_optimizer), "training", "rule of the updates"),
    Parameter("loss", "cross_entropy", _LOSS,
              "training", "what is minimised; in CNN it also decides the kind of problem"),
    Parameter("task", None, optional(choice(*TASKS, also="a kind of your own", test=_is_kind)), "training",
              "kind of problem, where the loss is a function"),
    Parameter("batch_size", 100, count(1), "training", "rows in a mini-batch"),
    Parameter("n_epochs", 100, or_auto(count(1)), "training",
              "passes over the training rows; auto: as many as make "
              f"{AUTO_STEPS:,} updates, but {AUTO_EPOCHS[0]} to {AUTO_EPOCHS[1]}"),
    Parameter("learning_rate", 0.001, number(0, 1e30, low_open=True), "training",
              "of the optimizer: the schedule's peak"),
    Parameter("schedule", "auto", choice(*SCHEDULES), "training",
              "of the learning rate; auto: warm-up, then linear to zero (constant with early stopping)"),
    Parameter("valid_size", 0.1, number(0, 1, high_open=True), "training", "fraction of the rows held out; 0 for none"),
    Parameter("lambda_", 0.0, number(0), "training",
              "adds lambda_ * sum of squared filters and dense weights to the loss"),
    Parameter("early_stopping", False, flag(), "training", "stop when the validation score no longer gets better"),
    Parameter("patience", 10, count(1), "training", "epochs without a better validation score before stopping"),
    Parameter("shuffle", True, flag(), "training", "new order in each epoch, and a random split"),
    Parameter("augment", None, _AUGMENT, "training", "random changes of the training images"),
    Parameter("class_weight", None, optional(_CLASS_WEIGHT), "training", "weight of each class in the loss"),
    Parameter("label_smoothing", 0.0, number(0, 1, high_open=True), "training",
              "probability spread evenly over all classes"),
    Parameter("clip_norm", None, optional(number(0, low_open=True)), "training", "largest norm of the gradient"),
    Parameter("ema_decay", None, optional(number(0, 1, low_open=True, high_open=True)), "training",
              "keep an exponential moving average of the weights and return it"),
    Parameter("accumulate", 1, count(1), "training", "mini-batches whose gradients make one update"),
    # Data and machine
    Parameter("layout", None, optional(choice(*LAYOUTS)), "data", "order of the axes of X; None: inferred"),
    Parameter("one_hot", False, flag(), "data", "a 2-D 0/1 y is one-hot (True) or several labels (False)"),
    Parameter("random_state", None, _SEED, "machine", "seed: the same seed gives the same bits on the same machine"),
    Parameter("checkpoint", None, optional(Rule("a folder ('.' for this one)", _is_folder)), "machine",
              "folder to save to and resume from"),
    Parameter("checkpoint_every", "5min", period(), "machine", "steps or time from one checkpoint to the next"),
    Parameter("device", "auto", _DEVICE, "machine", "where to train"),
    Parameter("precision", "auto", replace(choice(*PRECISIONS), missing=(("float16", _NO_FLOAT16),)), "machine",
              "of the arithmetic"),
    Parameter("kernels", "auto", choice("auto", "off"), "machine",
              "auto: compiled ones where there are any, on a GPU whole training steps as one CUDA graph; off: neither"),
    Parameter("workers", 0, count(0), "machine",
              "processes that read and convert rows of memory-mapped or sharded X ahead of the training; X in memory "
              "needs none and has none"),
    Parameter("verbose", 0, count(0), "machine", "1: show progress"),
)  # fmt: skip

PARAMETERS = {p.name: p for p in TABLE}
#: Defaults as attributes, for the constructors' signatures.
DEFAULTS = SimpleNamespace(**{p.name: p.default for p in TABLE})


def check_parameters(values: dict[str, Any]) -> None:
    """Check every value against its rule; unknown names are errors that offer the nearest known one.

    >>> check_parameters({"batch_sze": 3})
    Traceback (most recent call last):
    foveal.core.errors.ParameterError: unknown parameter 'batch_sze'; did you mean 'batch_size'?
    """
    for name, value in values.items():
        if name not in PARAMETERS:
            raise ParameterError(f"unknown parameter {name!r}{did_you_mean(name, PARAMETERS)}")
        check(name, value, PARAMETERS[name].rule)
