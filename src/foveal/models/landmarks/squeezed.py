"""Residual networks whose blocks weigh their channels, as the paper has them."""

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial

from torch import nn

from foveal.layers import conv_norm_act
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import MAX_POOL, he_by_outputs
from foveal.models.landmarks.resnet import residual_block, stages
from foveal.models.stems import Stem, is_small


def seresnet_paper(
    input_shape: Sequence[int], n_outputs: int, *, stem: Stem = "auto", depths: Sequence[int] = (3, 4, 6, 3)
) -> nn.Sequential:
    r"""Build a residual network of bottlenecks with squeeze and excitation, in the authors' layout.

    It is `resnet(block="bottleneck", squeeze=16, stride_first=True)` but for the pooling after the first convolution,
    which has no padding and rounds sizes up, and for the names: layer0.conv1, layer1.0.se_module.fc1, last_linear.

    Shape: (N, C, \*S) -> (N, n_outputs). `stem` is that of `resnet`. Source: Hu et al. 2018, figure 3 and table 1.
    Deviation from timm's form of it (legacy_seresnet50), whose names these are: no dropout before the last layer.

    >>> net = seresnet_paper((3, 32, 32), 10, depths=(1, 1))
    >>> [name for name, _ in net.named_children()]
    ['layer0', 'layer1', 'layer2', 'avgpool', 'flatten', 'last_linear']
    """
    ndim, channels = len(input_shape) - 1, int(input_shape[0])
    small = is_small(stem, input_shape)
    size, stride = (3, 1) if small else (7, 2)
    layer0 = conv_norm_act(ndim, channels, 64, size, stride=stride, names=("conv1", "bn1", "relu1"))
    parts: OrderedDict[str, nn.Module] = OrderedDict(layer0=layer0)
    if not small:
        parts["pool0"] = MAX_POOL[ndim](3, stride=2, ceil_mode=True)
    make = partial(
        residual_block, ndim, block="bottleneck", stride_first=True, squeeze=16, squeeze_name="se_module"
    )  # fmt: skip
    widths = [64 * 2**i for i in range(len(depths))]
    parts |= stages(make, 64, widths, depths, 4)
    last = nn.Linear(4 * widths[-1], n_outputs)
    parts |= {"avgpool": GLOBAL_MEAN[ndim](1), "flatten": nn.Flatten(), "last_linear": last}
    net = nn.Sequential(parts)
    he_by_outputs(net)
    return net
