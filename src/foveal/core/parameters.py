"""The one table of the estimators' parameters. Torch-free.

The estimators take their defaults and checks from it, the command line its help and its "did you mean"; runs, model
files and partial_fit what a parameter means to them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any, Literal

from foveal.core import parameter_rules as rule
from foveal.core.choices import (
    INITIALIZERS,
    LAYOUTS,
    MONITORS,
    PADDINGS,
    PIECES,
    POOL_MODES,
    SAMPLERS,
    SCHEDULES,
    STEMS,
    UNICODE_FORMS,
)
from foveal.core.epochs import AUTO_EPOCHS, AUTO_STEPS
from foveal.core.errors import ParameterError
from foveal.core.periods import period
from foveal.core.rules import Rule, check, choice, count, did_you_mean, flag, number, optional, or_auto

Group = Literal["network", "catalogue", "training", "data", "masks", "histories", "machine"]
#: The estimators of rows that are arrays; others have rows of tokens or of items.
OF_ARRAYS = ("CNN", "CNNClassifier", "CNNRegressor", "CNNSegmenter")
#: Those of rows that are texts.
OF_TEXTS = ("TextClassifier", "TextRegressor")
Later = Literal["fixed", "followed", "fresh", "idle"]


@dataclass(frozen=True)
class Parameter:
    """One parameter of the estimators: all have it, but where `only` names those that do.

    `network` parameters describe the plain stack: another `net` makes them meaningless, and then they must keep their
    defaults; `catalogue` ones describe a network that `net` names. Of partial_fit's later calls, a parameter is `fixed`
    by the first one, `followed` by every one, `fresh` (followed once where the model came from a file, which has no
    optimizer yet) or `idle`: it means nothing to one pass without validation.
    """

    group: Group
    name: str
    default: Any
    rule: Rule
    help: str
    of: Mapping[str, Any] = field(default_factory=dict)  # estimators with another default
    only: tuple[str, ...] = ()  # the estimators that have it; none are named where all do
    without: tuple[str, ...] = ()  # estimators that have not got it
    code: bool = False  # it may be code of the user's, which no file can hold
    identifies: bool = True  # a run with another value is another run: a checkpoint of one does not go on as the other
    saved: bool = True  # it says something of the model, so that a model file holds it
    later: Later = "fixed"


_network = partial(Parameter, "network", only=OF_ARRAYS)
_catalogue = partial(Parameter, "catalogue", only=OF_ARRAYS)
_training = partial(Parameter, "training", later="followed")
_data = partial(Parameter, "data")
#: Histories have no classes, and their targets are what stands in them.
_of_targets = partial(_training, without=("Recommender",))
_histories = partial(Parameter, "histories", only=("Recommender",))
_masks = partial(Parameter, "masks", only=("CNNSegmenter",))
_texts = partial(Parameter, "data", only=OF_TEXTS)
_all_texts = partial(Parameter, "data", only=(*OF_TEXTS, "Translator"))
_pairs = partial(Parameter, "data", only=("Translator",))
#: Where a run is saved, computed and shown: on another device it goes on, but no longer with the same bits.
_machine = partial(Parameter, "machine", identifies=False, later="followed")

TABLE: tuple[Parameter, ...] = (
    _network("in_channels_list", None, optional(rule.CHANNELS),
             "input channels of each conv block; None: (channels of X, 32)"),
    _network("in_features_list", None, optional(rule.CHANNELS),
             "input features of each dense layer, the last included; None: (flattened size, 128)"),
    _network("out_channels", None, optional(count(1)), "output channels of the last conv block; None: 64"),
    _network("out_features", None, optional(count(1)),
             "outputs of the last dense layer; None: classes or targets in y"),
    _network("filter_size", 3, rule.SIZES, "filter size, one number or one for each spatial axis"),
    _network("activation", "relu", rule.ACTIVATION, "activation of conv and dense blocks", code=True),
    _network("initializer", None, optional(choice(*INITIALIZERS)), "of the convolution weights; None: PyTorch's own"),
    _network("padding", "same", choice(*PADDINGS), "same: ceil(in / stride) outputs; valid: no padding"),
    _network("stride", 1, rule.SIZES, "stride of the convolutions"),
    _network("dilation", 1, rule.DILATION, "distance of a filter's taps, one number or one for each conv block: the "
             "receptive field grows without more weights"),
    _network("do_batch_norm", True, flag(), "batch normalisation in conv and dense blocks"),
    _network("momentum", 0.9, number(0, 1), "of batch normalisation's running statistics"),
    _network("do_pooling", True, flag(), "pooling after each conv block"),
    _network("pool_filter_size", 2, rule.SIZES, "pooling window"),
    _network("pool_stride", 2, rule.SIZES, "stride of the pooling window"),
    _network("pool_mode", "max", choice(*POOL_MODES), "maximum or mean of the window"),
    _network("do_dropout", True, flag(), "dropout in dense blocks"),
    _network("dropout_rate", 0.5, number(0, 1, high_open=True), "fraction of features dropped in training"),
    Parameter("network", "net", None, optional(rule.NET), "another network than the plain stack: a name (foveal "
              "nets lists them), a module or a function", of=dict.fromkeys(("CNNSegmenter", "Recommender",
              *OF_TEXTS), "auto")               | {"Translator": "conv_s2s"}, code=True),
    _catalogue("stem", "auto", choice(*STEMS), "first layers of a network of the catalogue: full, as "
              "published; small, for small inputs; auto: small up to 64 pixels"),
    _catalogue("weights", None, rule.WEIGHTS, "trained weights to begin with: the path of a foveal model, "
              "a safetensors state dict or a PyTorch .pth, or imagenet; docs/transfer.md"),
    _catalogue("freeze", False, rule.FREEZE, "train the head alone: True; for so many epochs, then all: a "
              "number"),
    _catalogue("layer_decay", None, optional(number(0, 1, low_open=True)), "rate of a layer: "
              "learning_rate * layer_decay ** (layers between it and the outputs)"),

    _training("optimizer", "adam", rule.OPTIMIZER, "rule of the updates", code=True, later="fresh"),
    _training("loss", "cross_entropy", rule.LOSS, "what is minimised; in CNN it also decides the kind of problem",
              of={"CNNRegressor": "mse", "TextRegressor": "mse", "CNNSegmenter": "cross_entropy+dice"}, code=True),
    _training("task", None, optional(rule.TASK), "kind of problem, where the loss is a function", code=True,
              only=OF_ARRAYS),
    _training("batch_size", 100, count(1), "rows in a mini-batch",
              of={"CNNSegmenter": 8, "Translator": 1000, "Recommender": 16} | dict.fromkeys(OF_TEXTS, 50)),
    _training("n_epochs", 100, or_auto(count(1)), "passes over the training rows; auto: as many as make "
              f"{AUTO_STEPS:,} updates, but {AUTO_EPOCHS[0]} to {AUTO_EPOCHS[1]}",
              of=dict.fromkeys(("CNNSegmenter", *OF_TEXTS), "auto") | {"Translator": 90, "Recommender": 20},
              later="idle"),
    _training("learning_rate", 0.001, number(0, 1e30, low_open=True), "of the optimizer: the schedule's peak",
              of=dict.fromkeys(("Recommender", *OF_TEXTS), 0.002) | {"Translator": 0.004}),
    _training("schedule", "auto", choice(*SCHEDULES),
              "of the learning rate; auto: warm-up, then linear to zero (constant with early stopping)", later="idle"),
    _training("valid_size", 0.1, number(0, 1, high_open=True), "fraction of the rows held out; 0 for none",
              later="idle"),
    _training("lambda_", 0.0, number(0), "adds lambda_ * sum of squared filters and dense weights to the loss"),
    _training("early_stopping", False, flag(), "stop when the validation score no longer gets better", later="idle"),
    _training("patience", 10, count(1), "epochs without a better validation score before stopping", later="idle"),
    _training("monitor", "auto", choice(*MONITORS), "what decides best weights, early stopping and plateau; any but "
              "auto keeps the best weights; auto: the score, and with early stopping", later="idle"),
    _training("calibration", False, rule.CALIBRATION, "learn from the rows held out how sure answers are: calibrated "
              "probabilities, sets that cover; auto: where there are enough of them", later="idle", identifies=False),
    _training("shuffle", True, flag(), "new order in each epoch, and a random split"),
    _training("augment", None, rule.AUGMENT, "random changes of the training images", code=True, only=OF_ARRAYS),
    _of_targets("class_weight", None, optional(rule.CLASS_WEIGHT), "weight of each class in the loss"),
    _of_targets("sampler", None, optional(choice(*SAMPLERS)),
              "balanced: rows of an epoch are drawn so that classes come equally often"),
    _of_targets("label_smoothing", 0.0, number(0, 1, high_open=True), "probability spread evenly over all classes",
              of={"Translator": 0.1}),
    _training("clip_norm", None, optional(number(0, low_open=True)), "largest norm of the gradient"),
    _training("ema_decay", None, optional(number(0, 1, low_open=True, high_open=True)),
              "keep an exponential moving average of the weights and return it", later="fresh"),
    _training("accumulate", 1, count(1), "mini-batches whose gradients make one update"),

    _data("layout", None, optional(choice(*LAYOUTS)), "order of the axes of X; None: inferred", only=OF_ARRAYS),
    _data("one_hot", False, flag(), "a 2-D 0/1 y is one-hot (True) or several labels (False)", only=OF_ARRAYS),

    _masks("ignore", None, optional(rule.LABEL), "label of places that do not count"),
    _masks("patch", None, optional(rule.SIZES), "size of the patches to learn from, a number or one for each axis, cut "
           "out of pictures of any size; None: whole pictures"),

    _histories("history_length", 500, count(1), "items of a history that are looked at, the last ones"),
    _texts("pieces", "auto", choice("auto", *PIECES), "what texts are cut into; auto: words, or characters where texts "
           "have few spaces"),
    _all_texts("vocabulary_size", 30_000, rule.VOCABULARY, "most frequent pieces of the training rows that are known, "
               "at most so many", of={"Translator": 2000}),
    _all_texts("lower", True, flag(), "small letters alone", of={"Translator": False}),
    _all_texts("unicode_form", "NFC", optional(choice(*UNICODE_FORMS)), "Unicode's normal form that texts are brought "
               "to"),
    _all_texts("max_length", 1024, optional(count(1)), "pieces after which a text is cut off; None: never",
               of={"Translator": 256}),
    _texts("vectors", None, optional(rule.FILE), "file of trained vectors, a word and its numbers in each line (GloVe, "
           "word2vec): words begin with them", identifies=False, saved=False),
    _pairs("shared_vocabulary", False, flag(), "sources and targets are cut into the same pieces"),
    _pairs("bpe_dropout", 0.0, number(0, 1, high_open=True), "probability with which a merge of byte pairs is left out "
           "of a training text, anew in each epoch", of={"Translator": 0.1}),
    _all_texts("batch_tokens", None, optional(count(1)), "pieces in a mini-batch, of pairs those of the longer side, "
               "padding counted in; it has batch_size rows at most", of={"Translator": 800}),

    _machine("random_state", None, rule.SEED, "seed: the same seed gives the same bits on the same machine",
             identifies=True, later="fresh"),
    _machine("checkpoint", None, optional(rule.FOLDER), "folder to save to and resume from", saved=False, later="idle"),
    _machine("checkpoint_every", "5min", period(), "steps or time from one checkpoint to the next", saved=False,
             later="idle"),
    _machine("device", "auto", rule.DEVICE, "where to train", later="fresh"),
    _machine("precision", "auto", rule.PRECISION, "of the arithmetic", identifies=True, later="fresh"),
    _machine("kernels", "auto", choice("auto", "off"),
             "auto: compiled ones where there are any, on a GPU whole training steps as one CUDA graph; off: neither"),
    _machine("workers", 0, count(0), "processes that read and convert rows of memory-mapped or sharded X ahead of the "
             "training; X in memory needs none and has none", saved=False),
    _machine("verbose", 0, count(0), "1: show progress", saved=False),
)  # fmt: skip

PARAMETERS = {p.name: p for p in TABLE}
#: Defaults as attributes, for the constructors' signatures.
DEFAULTS = SimpleNamespace(**{p.name: p.default for p in TABLE})
#: Names of the parameters that every estimator of arrays has.
COMMON = tuple(p.name for p in TABLE if p.only in ((), OF_ARRAYS))
#: Parameters that may be code of the user's, so that a model file may leave them to whoever loads it.
CODE = tuple(p.name for p in TABLE if p.code)


def defaults_of(estimator: str) -> dict[str, Any]:
    """Give the defaults of one estimator that are others than the table's.

    >>> defaults_of("CNNRegressor"), defaults_of("CNN")
    ({'loss': 'mse'}, {})
    """
    return {p.name: p.of[estimator] for p in TABLE if estimator in p.of}


def names_of(estimator: str) -> tuple[str, ...]:
    """Give the names of the parameters that an estimator has; one that is not ours has those of arrays.

    >>> "ignore" in names_of("CNN"), "ignore" in names_of("CNNSegmenter")
    (False, True)
    """
    known = estimator if any(estimator in (*p.only, *p.without) for p in TABLE) else "CNN"
    return tuple(p.name for p in TABLE if (not p.only or known in p.only) and known not in p.without)


def with_defaults(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Give a value for every row of the table: what an estimator has not got stands at its default.

    >>> with_defaults({"n_epochs": 3})["n_epochs"], with_defaults({})["ignore"] is None
    (3, True)
    """
    return dict(parameters) | {p.name: p.default for p in TABLE if p.name not in parameters}


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
