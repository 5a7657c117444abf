"""Deep stacks of 3x3 convolutions."""

import math
from collections import OrderedDict
from collections.abc import Sequence

from torch import nn

from foveal.models.landmarks.parts import dense_normal, he_by_outputs
from foveal.models.landmarks.rows import Conv, Entry, Pool, classifier, features, pooled
from foveal.models.stems import Stem, is_small

#: Pixels of each axis that the dense layers see, by the number of axes: of volumes fewer, or they would be 7 times as
#: large as a picture's.
_SEEN = {1: 7, 2: 7, 3: 3}
_MAPS = (64, 128, 256, 512, 512)


def vgg(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    depths: Sequence[int] = (2, 2, 3, 3, 3),
    batch_norm: bool = False,
) -> nn.Sequential:
    r"""Build five stages of 3x3 convolutions, each with a 2x2 maximum at its end, then three dense layers.

    Stage i has `depths[i]` convolutions of 64, 128, 256, 512 and 512 maps: (1, 1, 2, 2, 2) is VGG-11, (2, 2, 2, 2, 2)
    VGG-13, (2, 2, 3, 3, 3) VGG-16, (2, 2, 4, 4, 4) VGG-19. Two 3x3 see what one 5x5 sees, with fewer weights and a ReLU
    between them.

    Shape: (N, C, \*S) -> (N, n_outputs). Names in the state dict are torchvision's.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs.
    stem : the convolutions are the same for all inputs. "full": the dense layers have 4,096 units and see 7x7 means of
        the last map (of volumes 3x3x3). "small": they have 512 units and see the mean of the whole map, as networks for
        CIFAR have it, where 7x7 copies of one pixel would cost 103 million weights; a pooling on an axis of one pixel
        leaves it. "auto" is small where the shortest axis has at most 64 pixels.
    depths : convolutions of each stage.
    batch_norm : whether each convolution is followed by batch norm.

    Source: Simonyan and Zisserman 2015, table 1, columns A, B, D, E; batch norm as torchvision has it (2015's networks
    had none); the small form after Liu and Deng 2015. Start values: He et al. 2015 by outputs, dense N(0, 0.01^2), as
    torchvision's; the small form's dense layers N(0, 2 / 512).

    >>> import torch
    >>> net = vgg((3, 32, 32), 10, depths=(1, 1, 2, 2, 2))
    >>> net(torch.zeros(2, 3, 32, 32)).shape, list(net.state_dict())[0], list(net.state_dict())[-1]
    (torch.Size([2, 10]), 'features.0.weight', 'classifier.6.bias')
    """
    table: list[Entry] = []
    for maps, depth in zip(_MAPS, depths, strict=True):
        table += [*[Conv(maps)] * depth, Pool(2)]
    row, shape = features(input_shape, table, batch_norm=batch_norm)
    small = is_small(stem, input_shape)
    units = 512 if small else 4096
    mean, n_features = pooled(shape, 1 if small else _SEEN[len(shape) - 1])
    dense = classifier(n_features, units, n_outputs, dropout_first=False)
    net = nn.Sequential(OrderedDict(features=row, avgpool=mean, flatten=nn.Flatten(), classifier=dense))
    he_by_outputs(net)
    dense_normal(net, math.sqrt(2 / units) if small else 0.01)
    return net
