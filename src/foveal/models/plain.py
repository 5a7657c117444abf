"""The plain stack: ConvBlock -> ... -> Flatten -> DenseBlock -> ... -> Dense."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from torch import nn

from foveal.core.choices import Padding, PoolMode
from foveal.core.shapes import Sizes
from foveal.layers import ConvBlock, DenseBlock, Flatten
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.plan import Channels, plan_stack


class PlainStack(nn.Sequential):
    r"""The network of the estimators' own parameters: ConvBlock -> ... -> Flatten -> DenseBlock -> ... -> Dense.

    Shape: (N, C, \*S) -> (N, n_outputs) logits or values. `input_shape` is (C, \*S); the other parameters, their
    names and defaults are those of the estimators. Modules are named conv1, conv2, ..., flatten, dense1, ..., head.
    Of signals whose length varies, (C, None), a mean over time, `avgpool`, stands before `flatten`; `Masked` runs it.

    Source: LeCun et al. 1998, figure 2; Krizhevsky et al. 2012, section 3.5.

    >>> import torch
    >>> net = PlainStack((1, 8, 8), 10)
    >>> net(torch.zeros(2, 1, 8, 8)).shape
    torch.Size([2, 10])
    >>> [name for name, _ in net.named_children()]
    ['conv1', 'conv2', 'flatten', 'dense1', 'head']
    """

    def __init__(
        self,
        input_shape: Sequence[int | None],
        n_outputs: int,
        *,
        in_channels_list: Channels | None = None,
        in_features_list: Channels | None = None,
        out_channels: int | None = None,
        out_features: int | None = None,
        filter_size: Sizes = 3,
        activation: Any = "relu",
        padding: Padding = "same",
        stride: Sizes = 1,
        dilation: Sizes = 1,
        do_batch_norm: bool = True,
        momentum: float = 0.9,
        do_pooling: bool = True,
        pool_filter_size: Sizes = 2,
        pool_stride: Sizes = 2,
        pool_mode: PoolMode = "max",
        do_dropout: bool = True,
        dropout_rate: float = 0.5,
    ) -> None:
        plan = plan_stack(
            input_shape,
            n_outputs,
            in_channels_list=in_channels_list,
            in_features_list=in_features_list,
            out_channels=out_channels,
            out_features=out_features,
            filter_size=filter_size,
            padding=padding,
            stride=stride,
            dilation=dilation,
            do_pooling=do_pooling,
            pool_filter_size=pool_filter_size,
            pool_stride=pool_stride,
        )
        parts: OrderedDict[str, nn.Module] = OrderedDict()
        for i, (before, after) in enumerate(zip(plan.channels, plan.channels[1:], strict=False), start=1):
            parts[f"conv{i}"] = ConvBlock(
                len(plan.filters),
                before,
                after,
                filter_size=filter_size,
                stride=stride,
                dilation=_within(plan.dilations[i - 1], plan.sizes[i - 1]),
                padding=padding,
                batch_norm=do_batch_norm,
                momentum=momentum,
                activation=activation,
                pool_size=pool_filter_size if do_pooling else None,
                pool_stride=pool_stride,
                pool_mode=pool_mode,
                input_size=None if plan.varies else plan.sizes[i - 1],  # type: ignore[arg-type]
            )
        if plan.varies:
            parts["avgpool"] = GLOBAL_MEAN[len(plan.filters)](1)
        parts["flatten"] = Flatten()
        for i, (before, after) in enumerate(zip(plan.features[:-1], plan.features[1:-1], strict=False), start=1):
            parts[f"dense{i}"] = DenseBlock(
                before,
                after,
                batch_norm=do_batch_norm,
                momentum=momentum,
                activation=activation,
                dropout_rate=dropout_rate if do_dropout else None,
            )
        parts["head"] = nn.Linear(plan.features[-2], plan.features[-1])
        super().__init__(parts)


def _within(dilation: int, size: Sequence[int | None]) -> int:
    """Cut a dilation beyond which all taps but a middle one see zeros only, and the padding but grows with it."""
    known = [n for n in size if n is not None]
    return min(dilation, 2 * max(known)) if known else dilation
