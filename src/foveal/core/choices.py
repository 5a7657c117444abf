"""The names that choices go by, each list written once; the tables that give them meaning have the same keys."""

from typing import Literal, get_args

Padding = Literal["same", "valid"]
PoolMode = Literal["max", "avg"]
TaskName = Literal["classification", "labels", "regression", "segmentation", "points"]
Stem = Literal["auto", "full", "small"]
Pieces = Literal["words", "characters", "bytes", "bpe"]

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
#: Losses of rows that have a class at each place: parts, and sums of them.
MASK_LOSSES = ("cross_entropy", "dice", "focal", "cross_entropy+dice", "focal+dice")
SCHEDULES = ("auto", "constant", "one_cycle", "cosine", "step", "exponential", "plateau")
AUGMENTATIONS = (
    "flip", "vertical_flip", "shift", "crop", "resized_crop", "rotate", "scale", "shear", "warp", "brightness",
    "contrast", "gain", "saturation", "hue", "grey", "blur", "noise", "cutout", "erase", "mixup", "cutmix",
    "trivial_augment",
)  # fmt: skip
VIEWS = ("flip", "vertical_flip", "shift")
SAMPLERS = ("balanced",)
#: What can be asked for a prediction: where in the row it comes from.
EXPLANATIONS = ("grad_cam", "saliency", "integrated_gradients", "occlusion")
#: What a run can follow; which of them a kind of problem has, its task says.
MONITORS = (
    "auto", "loss", "accuracy", "balanced_accuracy", "macro_f1", "average_precision", "roc_auc", "subset_accuracy",
    "r2", "mae", "iou", "dice", "pixel_accuracy", "distance", "pck",
)  # fmt: skip
PRECISIONS = ("auto", "float32", "bfloat16", "float64")
#: Networks of the catalogue, a line for a family.
NETS = (
    "plain",
    "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnet50_paper", "resnet101_paper",
    "resnet152_paper", "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d", "wide_resnet50_2",
    "wide_resnet101_2",
    "lenet1", "lenet5", "lenet5_modern",
    "alexnet", "alexnet_paper", "zfnet",
    "vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn",
    "googlenet", "googlenet_paper", "inception_v3",
    "squeezenet1_0", "squeezenet1_1",
    "resnet20", "resnet32", "resnet44", "resnet56", "resnet110", "compact_resnet",
    "resnext29_8x64d", "resnext29_16x64d",
    "preact_resnet50", "preact_resnet164", "preact_resnet1001", "wide_resnet16_8", "wide_resnet28_10",
    "wide_resnet40_4", "seresnet18", "seresnet50", "seresnet50_paper", "drn_a_18", "drn_a_50", "drn_c_26", "drn_d_22",
    "drn_d_38", "regnet_y_400mf", "xception",
    "densenet121", "densenet161", "densenet169", "densenet201", "densenet40_k12", "densenet_bc100_k12",
    "densenet_bc190_k40", "densenet_bc250_k24",
    # mobile networks, EfficientNet, ConvNeXt
    "mobilenet_v1", "mobilenet_v1_relu6", "mobilenet_v2", "mobilenet_v2_050", "mobilenet_v2_140",
    "mobilenet_v3_small", "mobilenet_v3_large", "mnasnet1_0", "shufflenet_v2_x1_0",
    "efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_b3", "efficientnet_b4", "efficientnet_b5",
    "efficientnet_b6", "efficientnet_b7", "efficientnet_b0_paper", "efficientnet_v2_s", "efficientnet_lite0",
    "convnext_tiny", "convnext_small", "convnext_base", "convnext_large",
    "fcn", "resnet_signal", "inception_time", "tcn", "wavenet",
    "r3d_18", "mc3_18", "r2plus1d_18", "s3d",
    # networks that answer each place, and one on frames
    "unet", "unet_paper", "fcn_resnet50", "deeplabv3_resnet50", "lraspp_mobilenet_v3_large", "fully_convolutional",
    "deeplabv3", "lraspp", "frames",
)  # fmt: skip
#: Networks of rows of tokens or items: texts, pairs of texts, histories.
TOKEN_NETS: tuple[str, ...] = (
    "kim", "wide_kim", "zhang", "text_resnet", "conv_s2s",
)  # fmt: skip
#: Pieces that texts are cut into, and Unicode's normal forms.
PIECES: tuple[str, ...] = get_args(Pieces)
UNICODE_FORMS = ("NFC", "NFKC", "NFD", "NFKD")
#: Networks whose maps others are built on: they end in a mean over the map, and keep its places in register.
BODIES = (
    "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnet50_paper", "resnet101_paper",
    "resnet152_paper", "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d", "wide_resnet50_2",
    "wide_resnet101_2",
    "googlenet", "resnet20", "resnet32", "resnet44", "resnet56", "resnet110", "compact_resnet",
    "resnext29_8x64d", "resnext29_16x64d", "preact_resnet50", "preact_resnet164", "wide_resnet16_8",
    "wide_resnet28_10", "wide_resnet40_4", "seresnet18", "seresnet50", "seresnet50_paper", "drn_a_18", "drn_a_50",
    "drn_c_26", "drn_d_22", "drn_d_38", "regnet_y_400mf",
    "densenet121", "densenet161", "densenet169", "densenet201", "densenet40_k12", "densenet_bc100_k12",
    "densenet_bc190_k40", "densenet_bc250_k24",
    "mobilenet_v1", "mobilenet_v1_relu6", "mobilenet_v2", "mobilenet_v2_050", "mobilenet_v2_140",
    "mobilenet_v3_small", "mobilenet_v3_large", "mnasnet1_0", "shufflenet_v2_x1_0",
    "efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_b3", "efficientnet_b4", "efficientnet_b5",
    "efficientnet_b6", "efficientnet_b7", "efficientnet_v2_s",
    "convnext_tiny", "convnext_small", "convnext_base", "convnext_large",
)  # fmt: skip
LAYOUTS = ("NL", "NCL", "NLC", "NHW", "NCHW", "NHWC", "NDHW", "NCDHW", "NDHWC")
