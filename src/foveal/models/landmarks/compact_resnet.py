"""A residual network for few pictures of any size: what `net="auto"` takes from 64 pixels."""

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial

from torch import nn

from foveal.layers import BatchNorm, convolution, make_activation
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import MAX_POOL, he_by_outputs
from foveal.models.landmarks.resnet import residual_block, stages
from foveal.models.stems import Stem

#: Pixels of the shortest axis that the stages begin with, at most: what follows costs the same for any picture.
MOST = 48


def compact_resnet(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    width: int = 32,
    depths: Sequence[int] = (1, 1, 1),
) -> nn.Sequential:
    r"""Build conv -> pools -> three stages of basic blocks, 32, 64, 128 wide -> mean over the map -> dense layer.

    It is `resnet` cut down to what some thousand pictures can teach, and some minutes of a processor. The first layers
    halve the map until its shortest axis has at most 48 pixels: a 3x3 of stride 2, then 3x3 max poolings of stride 2.

    Shape: (N, C, \*S) -> (N, n_outputs). Names in the state dict are those of `resnet`.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs.
    stem : "small" never halves, "full" and "auto" as above.
    width, depths : filters of the first stage, and the blocks of each.

    Source: this project, of the parts of He et al. 2016; chosen on the training part of emoji pictures.

    >>> net = compact_resnet((3, 64, 64), 9)
    >>> sum(p.numel() for p in net.parameters()), [name for name, _ in net.named_children()][:4]
    (308521, ['conv1', 'bn1', 'relu', 'layer1'])
    """
    ndim, channels, size = len(input_shape) - 1, int(input_shape[0]), min(input_shape[1:])
    halvings = 0
    while stem != "small" and size > MOST:
        size, halvings = -(-size // 2), halvings + 1
    parts: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=convolution(ndim, channels, width, 3, stride=2 if halvings else 1),
        bn1=BatchNorm(width),
        relu=make_activation("relu"),
    )
    for i in range(1, halvings):
        parts[f"maxpool{i}"] = MAX_POOL[ndim](3, stride=2, padding=1)
    widths = [width * 2**i for i in range(len(depths))]
    parts |= stages(partial(residual_block, ndim), width, widths, depths)
    parts |= {"avgpool": GLOBAL_MEAN[ndim](1), "flatten": nn.Flatten(), "fc": nn.Linear(widths[-1], n_outputs)}
    net = nn.Sequential(parts)
    he_by_outputs(net)
    return net
