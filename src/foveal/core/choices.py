"""The names that choices go by, each list written once; the tables that give them meaning have the same keys."""

from typing import Literal, get_args

Padding = Literal["same", "valid"]
PoolMode = Literal["max", "avg"]
TaskName = Literal["classification", "labels", "regression"]
Stem = Literal["auto", "full", "small"]

PADDINGS: tuple[str, ...] = get_args(Padding)
POOL_MODES: tuple[str, ...] = get_args(PoolMode)
TASKS: tuple[str, ...] = get_args(TaskName)
STEMS: tuple[str, ...] = get_args(Stem)
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
#: Networks of the catalogue, a line for a family.
NETS = (
    "plain",
    "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnet50_paper", "resnet101_paper",
    "resnet152_paper", "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d", "wide_resnet50_2",
    "wide_resnet101_2",
    "fcn", "resnet_signal", "inception_time", "tcn", "wavenet",
    "r3d_18", "mc3_18", "r2plus1d_18", "s3d",
)  # fmt: skip
LAYOUTS = ("NL", "NCL", "NLC", "NHW", "NCHW", "NHWC", "NDHW", "NCDHW", "NDHWC")
