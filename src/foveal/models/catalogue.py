"""The one visible table of networks that a name can pick."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from torch import nn

from foveal.core.net_names import read_net
from foveal.models.landmarks.alexnet import alexnet, alexnet_paper, zfnet
from foveal.models.landmarks.causal import tcn, wavenet
from foveal.models.landmarks.clips import clip_resnet, s3d
from foveal.models.landmarks.compact_resnet import compact_resnet
from foveal.models.landmarks.convnext import convnext
from foveal.models.landmarks.densenet import densenet, densenet_of_depth
from foveal.models.landmarks.dilated import dilated_resnet
from foveal.models.landmarks.efficientnet import efficientnet
from foveal.models.landmarks.efficientnet_lite import efficientnet_lite0
from foveal.models.landmarks.googlenet import googlenet
from foveal.models.landmarks.inception import inception_v3
from foveal.models.landmarks.lenet import lenet1, lenet5, lenet5_modern
from foveal.models.landmarks.mnasnet import mnasnet
from foveal.models.landmarks.mobilenet_v1 import mobilenet_v1
from foveal.models.landmarks.mobilenet_v2 import mobilenet_v2
from foveal.models.landmarks.mobilenet_v3 import mobilenet_v3
from foveal.models.landmarks.preact import preact_resnet, preact_resnet_of_depth, wide_resnet
from foveal.models.landmarks.regnet import regnet
from foveal.models.landmarks.resnet import resnet
from foveal.models.landmarks.shufflenet_v2 import shufflenet_v2
from foveal.models.landmarks.signals import fcn, inception_time, resnet_signal
from foveal.models.landmarks.small_resnet import resnext29, small_resnet
from foveal.models.landmarks.squeezed import seresnet_paper
from foveal.models.landmarks.squeezenet import squeezenet
from foveal.models.landmarks.vgg import vgg
from foveal.models.landmarks.xception import xception
from foveal.models.network import Network
from foveal.models.of_tokens import TOKEN_MODELS
from foveal.models.on_bodies import networks_on
from foveal.models.plain import PlainStack

__all__ = ["MODELS", "Network", "network_named"]


_LECUN = "LeCun et al. 1998, Gradient-based learning applied to document recognition"
_VGG = "Simonyan and Zisserman 2015, Very deep convolutional networks"
_SZEGEDY = "Szegedy et al. 2015, Going deeper with convolutions"
_IANDOLA = "Iandola et al. 2016, SqueezeNet"
_HE = "He et al. 2016, Deep residual learning for image recognition"
_XIE = "Xie et al. 2017, Aggregated residual transformations"
_WIDE = "Zagoruyko and Komodakis 2016, Wide residual networks"
_PREACT = "He et al. 2016b, Identity mappings in deep residual networks"
_SQUEEZED = "Hu et al. 2018, Squeeze-and-excitation networks"
_YU = "Yu et al. 2017, Dilated residual networks"
_HUANG = "Huang et al. 2017, Densely connected convolutional networks"
#: What networks for small pictures are counted at.
_CIFAR = (3, 32, 32)
_HOWARD = "Howard et al. 2017, MobileNets"
_SANDLER = "Sandler et al. 2018, MobileNetV2"
_HOWARD_3 = "Howard et al. 2019, Searching for MobileNetV3"
_MNAS = "Tan et al. 2019, MnasNet"
_MA = "Ma et al. 2018, ShuffleNet V2"
_TAN = "Tan and Le 2019, EfficientNet"
_TAN_2 = "Tan and Le 2021, EfficientNetV2"
_LITE = "Tan and Le 2019, EfficientNet; Lite: the authors' code, 2020"
_WANG = "Wang, Yan and Oates 2017, Time series classification from scratch"
_TRAN = "Tran et al. 2018, A closer look at spatiotemporal convolutions"
_CLIP = (3, 16, 112, 112)


def _bottleneck(*depths: int, **sizes: Any) -> Callable[..., nn.Module]:
    return partial(resnet, block="bottleneck", depths=depths, **sizes)


_PREACT_50 = partial(
    preact_resnet, depths=(3, 4, 6, 3), widths=(64, 128, 256, 512), stem_filters=64, stride_first=False, large=True
)  # fmt: skip


def _dense(*depths: int, **sizes: Any) -> Network:
    return Network(partial(densenet, depths=depths, **sizes), _HUANG, head="classifier")


def _small_dense(depth: int, growth: int, *, bc: bool = True) -> Network:
    make = partial(densenet_of_depth, depth=depth, growth=growth, bc=bc)
    return Network(make, _HUANG, _CIFAR, 10, "classifier")


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
    # --- the first networks, and those before residual ones
    "lenet1": Network(lenet1, "LeCun et al. 1990, Handwritten digit recognition", (1, 28, 28), 10, "output"),
    "lenet5": Network(lenet5, _LECUN, (1, 32, 32), 10, "output"),
    "lenet5_modern": Network(lenet5_modern, _LECUN, (1, 32, 32), 10, "head"),
    "alexnet": Network(alexnet, "Krizhevsky 2014, One weird trick", head="classifier.6"),
    "alexnet_paper": Network(alexnet_paper, "Krizhevsky et al. 2012, ImageNet", (3, 227, 227), head="classifier.6"),
    "zfnet": Network(zfnet, "Zeiler and Fergus 2014, Visualizing convolutional networks", head="classifier.6"),
    "vgg11": Network(partial(vgg, depths=(1, 1, 2, 2, 2)), _VGG, head="classifier.6"),
    "vgg13": Network(partial(vgg, depths=(2, 2, 2, 2, 2)), _VGG, head="classifier.6"),
    "vgg16": Network(partial(vgg, depths=(2, 2, 3, 3, 3)), _VGG, head="classifier.6"),
    "vgg19": Network(partial(vgg, depths=(2, 2, 4, 4, 4)), _VGG, head="classifier.6"),
    "vgg11_bn": Network(partial(vgg, depths=(1, 1, 2, 2, 2), batch_norm=True), _VGG, head="classifier.6"),
    "vgg13_bn": Network(partial(vgg, depths=(2, 2, 2, 2, 2), batch_norm=True), _VGG, head="classifier.6"),
    "vgg16_bn": Network(partial(vgg, depths=(2, 2, 3, 3, 3), batch_norm=True), _VGG, head="classifier.6"),
    "vgg19_bn": Network(partial(vgg, depths=(2, 2, 4, 4, 4), batch_norm=True), _VGG, head="classifier.6"),
    "googlenet": Network(googlenet, _SZEGEDY),
    "googlenet_paper": Network(partial(googlenet, paper=True), _SZEGEDY),
    "inception_v3": Network(
        inception_v3, "Szegedy et al. 2016, Rethinking the inception architecture", (3, 299, 299), axes=(2,)
    ),
    "squeezenet1_0": Network(squeezenet, _IANDOLA, head="classifier.1"),
    "squeezenet1_1": Network(partial(squeezenet, version="1.1"), _IANDOLA, head="classifier.1"),
    # --- residual networks of other kinds, small pictures, dilated ones, dense ones
    "resnet20": Network(partial(small_resnet, depth=20), _HE, _CIFAR, 10),
    "resnet32": Network(partial(small_resnet, depth=32), _HE, _CIFAR, 10),
    "resnet44": Network(partial(small_resnet, depth=44), _HE, _CIFAR, 10),
    "resnet56": Network(partial(small_resnet, depth=56), _HE, _CIFAR, 10),
    "resnet110": Network(partial(small_resnet, depth=110), _HE, _CIFAR, 10),
    "compact_resnet": Network(compact_resnet, "foveal, of the parts of He et al. 2016", (3, 64, 64), 10),
    "resnext29_8x64d": Network(partial(resnext29, groups=8), _XIE, _CIFAR, 10),
    "resnext29_16x64d": Network(partial(resnext29, groups=16), _XIE, _CIFAR, 10),
    "preact_resnet50": Network(_PREACT_50, _PREACT, head="head.fc"),
    "preact_resnet164": Network(partial(preact_resnet_of_depth, depth=164), _PREACT, _CIFAR, 10, "head.fc"),
    "preact_resnet1001": Network(partial(preact_resnet_of_depth, depth=1001), _PREACT, _CIFAR, 10, "head.fc"),
    "wide_resnet16_8": Network(partial(wide_resnet, depth=16, widen=8), _WIDE, _CIFAR, 10, "head.fc"),
    "wide_resnet28_10": Network(partial(wide_resnet, depth=28, widen=10), _WIDE, _CIFAR, 10, "head.fc"),
    "wide_resnet40_4": Network(partial(wide_resnet, depth=40, widen=4), _WIDE, _CIFAR, 10, "head.fc"),
    "seresnet18": Network(partial(resnet, squeeze=16), _SQUEEZED),
    "seresnet50": Network(_bottleneck(3, 4, 6, 3, squeeze=16), _SQUEEZED),
    "seresnet50_paper": Network(seresnet_paper, _SQUEEZED, head="last_linear"),
    "drn_a_18": Network(partial(resnet, dilated=2), _YU),
    "drn_a_50": Network(_bottleneck(3, 4, 6, 3, dilated=2), _YU),
    "drn_c_26": Network(dilated_resnet, _YU),
    "drn_d_22": Network(partial(dilated_resnet, form="D"), _YU),
    "drn_d_38": Network(partial(dilated_resnet, form="D", depths=(1, 1, 3, 4, 6, 3, 1, 1)), _YU),
    "regnet_y_400mf": Network(regnet, "Radosavovic et al. 2020, Designing network design spaces"),
    "xception": Network(xception, "Chollet 2017, Xception", (3, 299, 299)),
    "densenet121": _dense(6, 12, 24, 16),
    "densenet161": _dense(6, 12, 36, 24, growth=48, stem_filters=96),
    "densenet169": _dense(6, 12, 32, 32),
    "densenet201": _dense(6, 12, 48, 32),
    "densenet40_k12": _small_dense(40, 12, bc=False),
    "densenet_bc100_k12": _small_dense(100, 12),
    "densenet_bc190_k40": _small_dense(190, 40),
    "densenet_bc250_k24": _small_dense(250, 24),
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
    # --- signals
    "fcn": Network(fcn, _WANG, (1, 150), 2),
    "resnet_signal": Network(resnet_signal, _WANG, (1, 150), 2, axes=(1,)),
    "inception_time": Network(inception_time, "Ismail Fawaz et al. 2020, InceptionTime", (1, 150), 2, axes=(1, 2)),
    "tcn": Network(tcn, "Bai, Kolter and Koltun 2018", (1, 784), 10, axes=(1,)),
    "wavenet": Network(wavenet, "van den Oord et al. 2016, WaveNet", (1, 16000), 10, axes=(1,)),
    # --- clips
    "r3d_18": Network(clip_resnet, _TRAN, _CLIP, 400, axes=(3,)),
    "mc3_18": Network(partial(clip_resnet, kinds=("3d", "2d", "2d", "2d")), _TRAN, _CLIP, 400, axes=(3,)),
    "r2plus1d_18": Network(partial(clip_resnet, kinds=("2plus1d",) * 4), _TRAN, _CLIP, 400, axes=(3,)),
    "s3d": Network(s3d, "Xie et al. 2018, S3D", (3, 16, 224, 224), 400, "classifier.1", axes=(3,)),
}
# --- networks that answer each place, and one on frames
MODELS |= networks_on(MODELS)


def network_named(text: str) -> Network:
    """Give the network that a name means, its `make` with the sizes that the name says.

    Raises `ParameterError` for a name or a size that there is not.

    >>> network_named("unet(depth=2)").make((1, 32, 32), 2).bottom.conv1.in_channels
    128
    """
    name, sizes = read_net(text)
    network = MODELS[name] if name in MODELS else TOKEN_MODELS[name]
    return replace(network, make=partial(network.make, **sizes)) if sizes else network
