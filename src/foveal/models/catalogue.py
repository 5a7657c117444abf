"""The one visible table of networks that a name can pick."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import nn

from foveal.models.landmarks.causal import tcn, wavenet
from foveal.models.landmarks.clips import clip_resnet, s3d
from foveal.models.landmarks.resnet import resnet
from foveal.models.landmarks.signals import fcn, inception_time, resnet_signal
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
_WANG = "Wang, Yan and Oates 2017, Time series classification from scratch"
_TRAN = "Tran et al. 2018, A closer look at spatiotemporal convolutions"
_CLIP = (3, 16, 112, 112)


def _bottleneck(*depths: int, **sizes: Any) -> Callable[..., nn.Module]:
    return partial(resnet, block="bottleneck", depths=depths, **sizes)


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
