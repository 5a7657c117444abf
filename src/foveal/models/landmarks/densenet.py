"""Networks whose layers read all layers before them."""

from collections import OrderedDict
from collections.abc import Sequence

from torch import nn

from foveal.layers import Appended, BatchNorm, Dropout, convolution, initialize, make_activation
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import AVG_POOL, MAX_POOL, blocks_of_a_stage
from foveal.models.stems import Stem, is_small


def densenet(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    depths: Sequence[int] = (6, 12, 24, 16),
    growth: int = 32,
    stem_filters: int = 64,
    bottleneck: bool = True,
    compression: float = 0.5,
    large: bool = True,
    dropout: float = 0.0,
) -> nn.Sequential:
    r"""Build conv -> pool -> dense blocks with transitions between them -> norm, ReLU -> mean -> dense layer.

    Layer l of a block lays `growth` channels behind its input: x_l = [x_(l-1), H(x_(l-1))], so that each layer reads
    all before it. H is norm, ReLU, 3x3 convolution; with `bottleneck` norm, ReLU and a 1x1 convolution to 4 x `growth`
    channels stand before that. A transition is norm, ReLU, a 1x1 convolution to `compression` times the channels, and
    a mean over 2x2.

    Shape: (N, C, \*S) -> (N, n_outputs). Names in the state dict are torchvision's.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs.
    stem : of `large` networks: "full" is 7x7 of stride 2 and a 3x3 max pooling of stride 2, "small" one 3x3 of
        stride 1; "auto" is small where the shortest axis has at most 64 pixels. Of no effect with the others, whose
        only stem is a 3x3 convolution.
    depths, growth, stem_filters : layers of each block, channels of a layer (the paper's k), channels of the stem.
    bottleneck, compression : the paper's B and C: False and 1 without them.
    large : the form for 224 pixels; that for 32 has no norm in its stem.
    dropout : rate after each convolution of a block; the paper has 0.2 for sets that it does not augment.

    Source: Huang et al. 2017, table 1 and section 3.

    >>> import torch
    >>> net = densenet((3, 32, 32), 10, depths=(2, 2), growth=4, stem_filters=8)
    >>> net(torch.zeros(2, 3, 32, 32)).shape, [name for name, _ in net.features.named_children()][3:5]
    (torch.Size([2, 10]), ['denseblock1', 'transition1'])
    """
    ndim, channels = len(input_shape) - 1, int(input_shape[0])
    features = _stem(ndim, channels, stem_filters, large, large and not is_small(stem, input_shape))
    channels = stem_filters
    for i, depth in enumerate(depths, start=1):
        block = OrderedDict[str, nn.Module]()
        for j in range(1, depth + 1):
            block[f"denselayer{j}"] = _layer(ndim, channels, growth, bottleneck, dropout)
            channels += growth
        features[f"denseblock{i}"] = nn.Sequential(block)
        if i < len(depths):
            out = int(channels * compression)
            features[f"transition{i}"] = _transition(ndim, channels, out)
            channels = out
    features[f"norm{len(depths) + 1}"] = BatchNorm(channels)
    classifier = nn.Linear(channels, n_outputs)
    parts: OrderedDict[str, nn.Module] = OrderedDict(features=nn.Sequential(features), relu=make_activation("relu"))
    parts |= {"avgpool": GLOBAL_MEAN[ndim](1), "flatten": nn.Flatten(), "classifier": classifier}
    net = nn.Sequential(parts)
    initialize(net, "he")
    nn.init.zeros_(classifier.bias)
    return net


def densenet_of_depth(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    depth: int = 100,
    growth: int = 12,
    bc: bool = True,
    dropout: float = 0.0,
) -> nn.Sequential:
    r"""Build the dense network for small pictures: three blocks of n layers, depth = 3 n + 4, or 6 n + 4 with `bc`.

    With `bc` (DenseNet-BC) layers have bottlenecks, transitions halve the channels and the stem has 2 x `growth` of
    them; without, the stem has 16. Shape: (N, C, \*S) -> (N, n_outputs). `stem` is of no effect.

    Source: Huang et al. 2017, section 3, implementation details, and table 2.

    >>> sum(p.numel() for p in densenet_of_depth((3, 32, 32), 10, depth=40, bc=False).parameters())
    1019722
    """
    depths = [blocks_of_a_stage(depth, per_block=6 if bc else 3, others=4)] * 3
    return densenet(
        input_shape, n_outputs, stem=stem, depths=depths, growth=growth, stem_filters=2 * growth if bc else 16,
        bottleneck=bc, compression=0.5 if bc else 1.0, large=False, dropout=dropout,
    )  # fmt: skip


def _stem(ndim: int, channels: int, filters: int, norm: bool, full: bool) -> OrderedDict[str, nn.Module]:
    first = convolution(ndim, channels, filters, 7 if full else 3, stride=2 if full else 1)
    parts: OrderedDict[str, nn.Module] = OrderedDict(conv0=first)
    if norm:
        parts |= {"norm0": BatchNorm(filters), "relu0": make_activation("relu")}
    if full:
        parts["pool0"] = MAX_POOL[ndim](3, stride=2, padding=1)
    return parts


def _layer(ndim: int, channels: int, growth: int, bottleneck: bool, dropout: float) -> Appended:
    layers = [(4 * growth, 1), (growth, 3)] if bottleneck else [(growth, 3)]
    body: OrderedDict[str, nn.Module] = OrderedDict()
    for i, (width, size) in enumerate(layers, start=1):
        body |= {f"norm{i}": BatchNorm(channels), f"relu{i}": make_activation("relu")}
        body[f"conv{i}"] = convolution(ndim, channels, width, size)
        if dropout:
            body[f"drop{i}"] = Dropout(dropout)
        channels = width
    return Appended(body)


def _transition(ndim: int, channels: int, out: int) -> nn.Sequential:
    parts: OrderedDict[str, nn.Module] = OrderedDict(norm=BatchNorm(channels), relu=make_activation("relu"))
    return nn.Sequential(parts | {"conv": convolution(ndim, channels, out, 1), "pool": AVG_POOL[ndim](2, stride=2)})
