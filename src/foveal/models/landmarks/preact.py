"""Residual networks whose norms and activations stand before the convolutions; deep ones, and wide ones."""

from collections import OrderedDict
from collections.abc import Sequence

from torch import nn

from foveal.layers import BatchNorm, Dropout, Residual, convolution, make_activation
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import MAX_POOL, blocks_of_a_stage, he_by_outputs
from foveal.models.landmarks.resnet import EXPANSION, Block
from foveal.models.stems import Stem, is_small


def preact_resnet(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    block: Block = "bottleneck",
    depths: Sequence[int] = (18, 18, 18),
    widths: Sequence[int] = (16, 32, 64),
    stem_filters: int = 16,
    stride_first: bool = True,
    large: bool = False,
    dropout: float = 0.0,
) -> nn.Sequential:
    r"""Build conv -> stages of blocks y = F(x) + P(x) -> norm, ReLU -> mean over the map -> dense layer.

    F is norm, ReLU, convolution, two times (3x3, 3x3: basic) or three (1x1, 3x3, 1x1 with 4 times the filters:
    bottleneck); nothing stands after the sum, so that x passes through all blocks of a stage unchanged. P is the
    identity, or a 1x1 convolution that reads the first pre-activation where the shape changes.

    Shape: (N, C, \*S) -> (N, n_outputs). Names in the state dict are those of timm's resnetv2_50.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs.
    stem : of `large` networks, as `resnet`'s; of no effect with the others, whose only stem is a 3x3 convolution.
    block, depths, widths, stem_filters : the kind of block, blocks and filters of each stage, and those of the stem.
    stride_first : whether a bottleneck halves the map in its first 1x1 (the authors' code) or its 3x3 (timm's).
    large : the form for 224 pixels, 7x7 and a max pooling at the front; its last layer is a 1x1 convolution.
    dropout : rate between the convolutions of a basic block; Zagoruyko and Komodakis have 0 or 0.3.

    Source: He et al. 2016b, figure 4e and appendix; Zagoruyko and Komodakis 2016, table 1. Counted so, ResNet-1001 has
    10,327,706 parameters where the paper says 10.2 M.

    >>> import torch
    >>> net = preact_resnet((3, 32, 32), 10, depths=(1, 1, 1))
    >>> net(torch.zeros(2, 3, 32, 32)).shape, [name for name, _ in net.stages[1].blocks[0].named_children()][-3:]
    (torch.Size([2, 10]), ['conv3', 'downsample', 'sum_act'])
    """
    ndim, channels = len(input_shape) - 1, int(input_shape[0])
    full = large and not is_small(stem, input_shape)
    first = convolution(ndim, channels, stem_filters, 7 if full else 3, stride=2 if full else 1)
    begin: OrderedDict[str, nn.Module] = OrderedDict(conv=first)
    if full:
        begin["pool"] = MAX_POOL[ndim](3, stride=2, padding=1)
    channels, rows = stem_filters, []
    for i, (width, depth) in enumerate(zip(widths, depths, strict=True)):
        blocks = []
        for j in range(depth):
            blocks.append(_block(ndim, channels, width, block, 2 if i and not j else 1, stride_first, dropout))
            channels = width * EXPANSION[block]
        rows.append(nn.Sequential(OrderedDict(blocks=nn.Sequential(*blocks))))
    parts: OrderedDict[str, nn.Module] = OrderedDict(stem=nn.Sequential(begin), stages=nn.Sequential(*rows))
    parts |= {"norm": BatchNorm(channels), "relu": make_activation("relu"), "avgpool": GLOBAL_MEAN[ndim](1)}
    head: nn.Module = convolution(ndim, channels, n_outputs, 1, bias=True) if large else nn.Linear(channels, n_outputs)
    last: dict[str, nn.Module] = {"head": nn.Sequential(OrderedDict(fc=head)), "flatten": nn.Flatten()}
    parts |= {name: last[name] for name in (("head", "flatten") if large else ("flatten", "head"))}
    net = nn.Sequential(parts)
    he_by_outputs(net)
    if large:
        head.reset_parameters()  # type: ignore[operator]  # as a dense layer begins, which it is
    return net


def preact_resnet_of_depth(
    input_shape: Sequence[int], n_outputs: int, *, stem: Stem = "auto", depth: int = 164
) -> nn.Sequential:
    r"""Build the pre-activation network of 9 n + 2 layers for small pictures: n bottlenecks in each of three stages.

    Shape: (N, C, \*S) -> (N, n_outputs). `stem` is of no effect. Source: He et al. 2016b, table 3: 164 and 1001.

    >>> net = preact_resnet_of_depth((3, 32, 32), 10, depth=29)
    >>> [len(stage.blocks) for stage in net.stages]
    [3, 3, 3]
    """
    depths = [blocks_of_a_stage(depth, per_block=9, others=2)] * 3
    return preact_resnet(input_shape, n_outputs, stem=stem, depths=depths)


def wide_resnet(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    depth: int = 28,
    widen: int = 10,
    dropout: float = 0.0,
) -> nn.Sequential:
    r"""Build the wide network of 6 n + 4 layers: three stages of n basic pre-activation blocks, 16, 32, 64 x `widen`.

    Shape: (N, C, \*S) -> (N, n_outputs). `stem` is of no effect. Source: Zagoruyko and Komodakis 2016, table 1 and
    section 2.4 (dropout between the convolutions of a block).

    >>> sum(p.numel() for p in wide_resnet((3, 32, 32), 10, depth=10, widen=2).parameters())
    303706
    """
    widths = [width * widen for width in (16, 32, 64)]
    depths = [blocks_of_a_stage(depth, per_block=6, others=4)] * 3
    return preact_resnet(
        input_shape, n_outputs, stem=stem, block="basic", depths=depths, widths=widths, dropout=dropout
    )  # fmt: skip


def _block(
    ndim: int, channels: int, filters: int, block: Block, stride: int, stride_first: bool, dropout: float
) -> Residual:
    out = filters * EXPANSION[block]
    if block == "basic":
        layers = [(filters, 3, stride), (filters, 3, 1)]
    else:
        first, second = (stride, 1) if stride_first else (1, stride)
        layers = [(filters, 1, first), (filters, 3, second), (out, 1, 1)]
    body: OrderedDict[str, nn.Module] = OrderedDict()
    before = channels
    for i, (width, size, step) in enumerate(layers, start=1):
        body |= {f"norm{i}": BatchNorm(before), f"relu{i}": make_activation("relu")}
        if dropout and i == len(layers):
            body["drop"] = Dropout(dropout)
        body[f"conv{i}"] = convolution(ndim, before, width, size, stride=step)
        before = width
    shortcut = None
    if stride != 1 or channels != out:
        shortcut = nn.Sequential(OrderedDict(conv=convolution(ndim, channels, out, 1, stride=stride)))
    return Residual(body, shortcut, after=2)
