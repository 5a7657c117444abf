"""The names that choices go by, each list written once; the tables that give them meaning have the same keys."""

from typing import Literal, get_args

Padding = Literal["same", "valid"]
PoolMode = Literal["max", "avg"]
TaskName = Literal["classification", "labels", "regression"]

PADDINGS: tuple[str, ...] = get_args(Padding)
POOL_MODES: tuple[str, ...] = get_args(PoolMode)
TASKS: tuple[str, ...] = get_args(TaskName)
ACTIVATIONS = (
    "relu", "leaky_relu", "relu6", "elu", "selu", "celu", "gelu", "silu", "swish", "mish", "softplus", "softsign",
    "sigmoid", "tanh", "hardsigmoid", "hardswish", "hardtanh", "linear",
)  # fmt: skip
INITIALIZERS = (
    "he", "kaiming", "he_uniform", "kaiming_uniform", "xavier", "glorot", "xavier_uniform", "glorot_uniform", "lecun",
    "orthogonal", "dirac",
)  # fmt: skip
OPTIMIZERS = (
    "sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "nadam", "adagrad", "adadelta", "adamax", "muon",
)  # fmt: skip
LOSSES = ("cross_entropy", "binary_cross_entropy", "mse", "mae", "huber", "hinge", "kl")
SCHEDULES = ("auto", "constant", "one_cycle", "cosine", "step", "exponential", "plateau")
AUGMENTATIONS = (
    "flip", "vertical_flip", "shift", "crop", "resized_crop", "rotate", "scale", "shear", "warp", "brightness",
    "contrast", "gain", "saturation", "hue", "grey", "blur", "noise", "cutout", "erase", "mixup", "cutmix",
    "trivial_augment",
)  # fmt: skip
VIEWS = ("flip", "vertical_flip", "shift")
SAMPLERS = ("balanced",)
#: What a run can follow; which of them a kind of problem has, its task says.
MONITORS = (
    "auto", "loss", "accuracy", "balanced_accuracy", "macro_f1", "average_precision", "roc_auc", "subset_accuracy",
    "r2", "mae",
)  # fmt: skip
PRECISIONS = ("auto", "float32", "bfloat16", "float64")
NETS = ("plain",)
LAYOUTS = ("NL", "NCL", "NLC", "NHW", "NCHW", "NHWC", "NDHW", "NCDHW", "NDHWC")
