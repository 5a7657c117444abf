"""Class activation maps weighed by gradients."""

from typing import Any

import torch
from torch import Tensor, nn

from foveal.explain.last_layer import last_layer, layer_named
from foveal.explain.opened import opened, over_tokens
from foveal.explain.running import changed, undisturbed
from foveal.explain.targets import Target
from foveal.layers.places import laid_out


def grad_cam(net: nn.Module, x: Any, target: Target = None, *, layer: str | nn.Module | None = None) -> Tensor:
    r"""Give where the maps of a layer speak for the score, laid out over the row.

        M = relu(sum over k of a_k A_k),   a_k = mean over the places of d score / d A_k

    A_k are the layer's feature maps. It is as coarse as these: of 7 x 7 places each stands for 4 x 4 pixels of 28, and
    between their middles it is interpolated.

    Shape: (N, C, \*S) -> (N, \*S), from 0 up. Source: Selvaraju et al. 2017, eq. 1 and 2. Deviation: any outputs, as
    `weights_of` says, also those at each place (as Vinogradova et al. 2020), and of clips whose frames are answered one
    by one a_k is a mean over a frame. Not Captum's, which weighs all runs of a shared layer as one.

    Parameters
    ----------
    net, x, target : as in `saliency`.
    layer : the layer, by its name or itself. None: the last one with places that all goes through,
        `foveal.explain.last_layer` has the rule. An earlier one is finer, and knows less of what it sees.

    >>> net = nn.Sequential(nn.Conv2d(1, 2, 1, bias=False), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    >>> grad_cam(net, torch.ones(1, 1, 4, 4), target=0).shape
    torch.Size([1, 4, 4])
    """
    with undisturbed(net):
        at = opened(net, x, target)
        found = last_layer(net, at) if layer is None else layer_named(net, at, layer)
        held: list[Tensor] = []

        def hold(output: Tensor) -> Tensor:
            held.append(output if output.requires_grad else output.requires_grad_())
            return output

        starts = tuple(start.clone().requires_grad_() for start in at.starts)
        if found.run in at.runs:
            score, held = at.score(*starts, *at.others), [starts[at.runs.index(found.run)]]
        else:
            with changed({found.run: hold}):
                score = at.score(*starts, *at.others)
        maps = held[0]
        (slopes,) = torch.autograd.grad(score.sum(), maps)
        if found.channels == 2:  # (N, T, D)
            maps, slopes = maps.movedim(2, 1), slopes.movedim(2, 1)
        importance = slopes.flatten(2).mean(2).view(*slopes.shape[:2], *[1] * (slopes.ndim - 2))
        coarse = (importance * maps).sum(1).relu().detach()
        laid = _over(coarse, at.starts[0], at.channels)
        return over_tokens(at, laid) if at.channels == 2 else laid


def _over(coarse: Tensor, start: Tensor, channels: int) -> Tensor:
    r"""Lay a map (N, \*S') out over the places of the rows; one of frames, (N T, H', W'), frame by frame."""
    if channels == 2:  # of vectors (N, T, D)
        start = start.movedim(2, 1)
    if coarse.ndim < start.ndim - 1:
        rows, frames = start.shape[0], start.shape[2]
        found = laid_out(coarse[:, None], start.movedim(2, 1).flatten(0, 1))[:, 0]
        return found.view(rows, frames, *found.shape[1:])
    return laid_out(coarse[:, None], start)[:, 0]
