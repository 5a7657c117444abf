"""What is measured: the workloads C1 to C3 and C5 to C11 as values, and the arithmetic in them. Torch-free.

C4, the time to an accuracy, belongs to the open division and is not here.
"""

from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["fit", "infer"]


@dataclass(frozen=True)
class Net:
    """A network in words: stages of 3x3 convolutions, 2x2 max pooling after each stage, dense layers, a linear head.

    ReLU stands after every convolution and dense layer, batch norm (if any) between them, dropout after dense ones.
    """

    input_shape: tuple[int, int, int]  # C, H, W
    stages: tuple[tuple[int, ...], ...]  # output channels of the convolutions of each stage
    dense: tuple[int, ...] = ()
    outputs: int = 10
    batch_norm: bool = False
    dropout: float = 0.0


@dataclass(frozen=True)
class Named:
    """A network of foveal's catalogue, which `benchmarks/plain_landmarks.py` has in plain PyTorch, and its weights."""

    name: str
    input_shape: tuple[int, ...]  # C, then H and W or a length
    weights: int
    outputs: int = 10
    batch_norm: bool = True
    dropout: float = 0.0


@dataclass(frozen=True)
class Workload:
    """One row of the table: a network, data, and what is done with them.

    `folds` > 0 means cross-validation, `valid` is the fraction of the rows held out, `epochs` and `rows` say how much
    is trained. `kind` "infer" measures the network's answers instead of its training.
    """

    id: str
    about: str
    net: Net | Named
    data: Literal["digits", "fashion-mnist", "synthetic"]
    rows: int
    batch: int
    epochs: int = 2
    valid: float = 0.0
    folds: int = 0
    repeats: int = 2  # fits in one process: the first is cold, the last warm
    kind: Kind = "fit"
    shuffle: bool = True


DIGITS = Net((1, 8, 8), ((16,), (32,)))
PLAIN = Net((1, 28, 28), ((32,), (64,)), dense=(128,))
DEFAULTS = replace(PLAIN, batch_norm=True, dropout=0.5)
DEEP = Net((3, 32, 32), ((16, 16), (32, 32), (64, 64)), batch_norm=True)
WIDE = Net((3, 64, 64), ((16,), (32,), (64,), (64,)), batch_norm=True)

RESNET20 = Named("resnet20", (3, 32, 32), 269_722)
RESNET18 = Named("resnet18", (3, 64, 64), 11_173_962)
MOBILENET = Named("mobilenet_v2_050", (3, 64, 64), 700_490, dropout=0.2)
FCN = Named("fcn", (1, 500), 265_994)

_C5 = Workload("C5-32", "32x32x3 synthetic, 2x16-2x32-2x64", DEEP, "synthetic", 1024, 32, repeats=1)
_C6 = Workload("C6-32", "64x64x3 synthetic, 16-32-64-64", WIDE, "synthetic", 768, 32, repeats=1)

_LANDMARKS = (
    Workload("C8", "ResNet-20, 32x32x3", RESNET20, "synthetic", 768, 128, repeats=1),
    Workload("C9", "ResNet-18, small stem, 64x64x3", RESNET18, "synthetic", 96, 32, repeats=1),
    Workload("C10", "MobileNet v2, half as wide, 64x64x3", MOBILENET, "synthetic", 320, 32, repeats=1),
    Workload("C11", "FCN 128-256-128, signals of 500 samples", FCN, "synthetic", 320, 16, repeats=1),
)

#: The quick table's sizes. Rows without repeats report no warm fit: their second epoch is steady.
QUICK = (
    Workload("C1", "digits 8x8, 16-32, 5-fold cross-validation", DIGITS, "digits", 1797, 32, 20, folds=5, repeats=1),
    Workload("C2", "Fashion-MNIST, 32-64 + dense 128", PLAIN, "fashion-mnist", 6000, 128),
    Workload(
        "C3", "Fashion-MNIST, the plain stack's defaults", DEFAULTS, "fashion-mnist", 6000, 100, valid=0.1, repeats=1
    ),
    _C5,
    replace(_C5, id="C5-128", batch=128),
    replace(_C5, id="C5-512", batch=512),
    _C6,
    replace(_C6, id="C6-128", batch=128),
    Workload("C7-C2", "inference of C2's net", PLAIN, "fashion-mnist", 1024, 256, kind="infer"),
    Workload("C7-C5", "inference of C5's net", DEEP, "synthetic", 1024, 256, kind="infer"),
    *_LANDMARKS,
    *(replace(row, id=f"{row.id}-answers", batch=64, kind="infer") for row in _LANDMARKS),
)

_FULL = {
    "C1": {"repeats": 2},
    "C2": {"rows": 60_000, "epochs": 5},
    "C3": {"rows": 60_000},
    "C5-32": {"rows": 8192},
    "C5-128": {"rows": 8192},
    "C5-512": {"rows": 8192},
    "C6-32": {"rows": 4096},
    "C6-128": {"rows": 4096},
    "C8": {"rows": 8192},
    "C9": {"rows": 1024},
    "C10": {"rows": 4096},
    "C11": {"rows": 4096},
}


def workloads(full: bool = False) -> dict[str, Workload]:
    """Give the workloads by id, at the quick or the full table's size.

    >>> workloads()["C2"].rows, workloads(full=True)["C2"].rows
    (6000, 60000)
    """
    return {w.id: replace(w, **_FULL.get(w.id, {})) if full else w for w in QUICK}  # type: ignore[arg-type]


def layers(net: Net) -> list[tuple[str, int, int, int]]:
    """List the layers that have weights: kind, inputs, outputs, positions of the output map.

    >>> layers(Net((1, 8, 8), ((16,), (32,))))
    [('conv', 1, 16, 64), ('conv', 16, 32, 16), ('dense', 128, 10, 1)]
    """
    before, height, width = net.input_shape
    found = []
    for stage in net.stages:
        for after in stage:
            found.append(("conv", before, after, height * width))
            before = after
        height, width = height // 2, width // 2
    features = before * height * width
    for after in (*net.dense, net.outputs):
        found.append(("dense", features, after, 1))
        features = after
    return found


def parameters(net: Net | Named) -> int:
    """Count the weights; a layer in front of batch norm has no bias but two values a channel.

    >>> parameters(PLAIN)
    421642
    """
    if isinstance(net, Named):
        return net.weights
    total = 0
    for i, (kind, before, after, _) in enumerate(layers(net), start=1):
        normed = net.batch_norm and i < len(layers(net))
        total += before * after * (9 if kind == "conv" else 1) + after * (2 if normed else 1)
    return total


def training_flops(net: Net) -> int:
    """Floating-point operations to train one image: 2 a multiply-add, 3 products a layer, 2 in the first.

    Batch norm, pooling and the like are not counted.

    >>> training_flops(PLAIN) // 10**6
    24
    """
    products = [before * after * places * (9 if kind == "conv" else 1) for kind, before, after, places in layers(net)]
    return 2 * (3 * sum(products) - products[0])
