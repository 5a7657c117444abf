"""The one visible table of networks that a name can pick."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import nn

from foveal.models.landmarks.convnext import convnext
from foveal.models.landmarks.efficientnet import efficientnet
from foveal.models.landmarks.efficientnet_lite import efficientnet_lite0
from foveal.models.landmarks.mnasnet import mnasnet
from foveal.models.landmarks.mobilenet_v1 import mobilenet_v1
from foveal.models.landmarks.mobilenet_v2 import mobilenet_v2
from foveal.models.landmarks.mobilenet_v3 import mobilenet_v3
from foveal.models.landmarks.resnet import resnet
from foveal.models.landmarks.shufflenet_v2 import shufflenet_v2
from foveal.models.plain import PlainStack


@dataclass(frozen=True)
class Network:
    r"""A network of the catalogue.

    make : (input shape, outputs, \*, stem) -> module; that of "plain" takes the estimators' sizes instead of a stem.
    source : where it was published.
    shape, outputs : (C, \*S) and outputs that the source has it for: what `foveal nets` counts at.
    head : the layer that gives the outputs, by name: another number of classes is another head.
    axes : the numbers of spatial axes it can have.
    """

    make: Callable[..., nn.Module]
    source: str
    shape: tuple[int, ...] = (3, 224, 224)
    outputs: int = 1000
    head: str = "fc"
    axes: tuple[int, ...] = (1, 2, 3)


_HE = "He et al. 2016, Deep residual learning for image recognition"
_XIE = "Xie et al. 2017, Aggregated residual transformations"
_WIDE = "Zagoruyko and Komodakis 2016, Wide residual networks"
_HOWARD = "Howard et al. 2017, MobileNets"
_SANDLER = "Sandler et al. 2018, MobileNetV2"
_HOWARD_3 = "Howard et al. 2019, Searching for MobileNetV3"
_MNAS = "Tan et al. 2019, MnasNet"
_MA = "Ma et al. 2018, ShuffleNet V2"
_TAN = "Tan and Le 2019, EfficientNet"
_TAN_2 = "Tan and Le 2021, EfficientNetV2"
_LITE = "Tan and Le 2019, EfficientNet; Lite: the authors' code, 2020"


def _bottleneck(*depths: int, **sizes: Any) -> Callable[..., nn.Module]:
    return partial(resnet, block="bottleneck", depths=depths, **sizes)


def _convnext(depths: tuple[int, ...], width: int, rate: float) -> Network:
    make = partial(convnext, depths=depths, width=width, stochastic_depth=rate)
    return Network(make, "Liu et al. 2022, A ConvNet for the 2020s", head="classifier.2")


MODELS: dict[str, Network] = {
    "plain": Network(PlainStack, "LeCun et al. 1998; Krizhevsky et al. 2012", (1, 28, 28), 10, "head"),
    # --- residual networks
    "resnet18": Network(partial(resnet, depths=(2, 2, 2, 2)), _HE),
    "resnet34": Network(partial(resnet, depths=(3, 4, 6, 3)), _HE),
    "resnet50": Network(_bottleneck(3, 4, 6, 3), _HE),
    "resnet101": Network(_bottleneck(3, 4, 23, 3), _HE),
    "resnet152": Network(_bottleneck(3, 8, 36, 3), _HE),
    "resnet50_paper": Network(_bottleneck(3, 4, 6, 3, stride_first=True), _HE),
    "resnet101_paper": Network(_bottleneck(3, 4, 23, 3, stride_first=True), _HE),
    "resnet152_paper": Network(_bottleneck(3, 8, 36, 3, stride_first=True), _HE),
    "resnext50_32x4d": Network(_bottleneck(3, 4, 6, 3, groups=32, group_width=4), _XIE),
    "resnext101_32x8d": Network(_bottleneck(3, 4, 23, 3, groups=32, group_width=8), _XIE),
    "resnext101_64x4d": Network(_bottleneck(3, 4, 23, 3, groups=64, group_width=4), _XIE),
    "wide_resnet50_2": Network(_bottleneck(3, 4, 6, 3, group_width=128), _WIDE),
    "wide_resnet101_2": Network(_bottleneck(3, 4, 23, 3, group_width=128), _WIDE),
    # --- mobile networks, EfficientNet, ConvNeXt
    "mobilenet_v1": Network(mobilenet_v1, _HOWARD, head="classifier"),
    "mobilenet_v1_relu6": Network(partial(mobilenet_v1, activation="relu6"), _HOWARD, head="classifier"),
    "mobilenet_v2": Network(mobilenet_v2, _SANDLER, head="classifier.1"),
    "mobilenet_v2_050": Network(partial(mobilenet_v2, width=0.5), _SANDLER, head="classifier.1"),
    "mobilenet_v2_140": Network(partial(mobilenet_v2, width=1.4), _SANDLER, head="classifier.1"),
    "mobilenet_v3_small": Network(partial(mobilenet_v3, size="small"), _HOWARD_3, head="classifier.3"),
    "mobilenet_v3_large": Network(partial(mobilenet_v3, size="large"), _HOWARD_3, head="classifier.3"),
    "mnasnet1_0": Network(mnasnet, _MNAS, head="classifier.1"),
    "shufflenet_v2_x1_0": Network(shufflenet_v2, _MA),
    "efficientnet_b0": Network(partial(efficientnet, size="b0"), _TAN, head="classifier.1"),
    "efficientnet_b1": Network(partial(efficientnet, size="b1"), _TAN, (3, 240, 240), head="classifier.1"),
    "efficientnet_b2": Network(partial(efficientnet, size="b2"), _TAN, (3, 260, 260), head="classifier.1"),
    "efficientnet_b3": Network(partial(efficientnet, size="b3"), _TAN, (3, 300, 300), head="classifier.1"),
    "efficientnet_b4": Network(partial(efficientnet, size="b4"), _TAN, (3, 380, 380), head="classifier.1"),
    "efficientnet_b5": Network(partial(efficientnet, size="b5"), _TAN, (3, 456, 456), head="classifier.1"),
    "efficientnet_b6": Network(partial(efficientnet, size="b6"), _TAN, (3, 528, 528), head="classifier.1"),
    "efficientnet_b7": Network(partial(efficientnet, size="b7"), _TAN, (3, 600, 600), head="classifier.1"),
    "efficientnet_b0_paper": Network(partial(efficientnet, size="b0", paper=True), _TAN, head="classifier.1"),
    "efficientnet_v2_s": Network(partial(efficientnet, size="v2_s"), _TAN_2, (3, 384, 384), head="classifier.1"),
    "efficientnet_lite0": Network(efficientnet_lite0, _LITE, head="_fc"),
    "convnext_tiny": _convnext((3, 3, 9, 3), 96, 0.1),
    "convnext_small": _convnext((3, 3, 27, 3), 96, 0.4),
    "convnext_base": _convnext((3, 3, 27, 3), 128, 0.5),
    "convnext_large": _convnext((3, 3, 27, 3), 192, 0.5),
}
