"""Maps of other sizes brought to one: cut from the middle, or laid out over more places."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from foveal.layers.wiring import Join, Wiring

#: PyTorch's name of linear interpolation, by the number of spatial axes.
_LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


def cut(x: Tensor, size: Sequence[int]) -> Tensor:
    r"""Take `size` places of each axis from the middle; of an odd number that is too many, one more at the end goes.

    Shape: (N, C, \*S) -> (N, C, \*size), each of S at least as large.

    >>> cut(torch.arange(7.0).view(1, 1, 7), (4,)).flatten().tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    for axis, places in enumerate(size, start=2):
        too_many = x.shape[axis] - places
        if too_many:
            x = x.narrow(axis, too_many // 2, places)
    return x


def overlapped(*maps: Tensor) -> Tensor:
    r"""Lay maps behind one another along the channels where all of them are: each cut to the smallest of them.

    Shape: (N, C1, \*S1), (N, C2, \*S2), ... -> (N, C1 + C2 + ..., \*S), S the smallest of each axis.

    Source: Ronneberger et al. 2015, figure 1 ("copy and crop").

    >>> overlapped(torch.zeros(1, 2, 9), torch.zeros(1, 3, 5)).shape
    torch.Size([1, 5, 5])
    """
    size = [min(places) for places in zip(*(x.shape[2:] for x in maps), strict=True)]
    return torch.cat([cut(x, size) for x in maps], 1)


def laid_out(x: Tensor, over: Tensor) -> Tensor:
    r"""Lay a map out over the places of another one by linear interpolation between the middles of its places.

        y(i) = (1 - t) x(j) + t x(j + 1),   j + t = (i + 1/2) n / m - 1/2,   n places to m

    Beyond the outermost middles it keeps their values (PyTorch's align_corners=False).

    Shape: (N, C, \*S), (M, D, \*T) -> (N, C, \*T).

    >>> laid_out(torch.tensor([[[0.0, 4.0]]]), torch.zeros(1, 1, 4)).flatten().tolist()
    [0.0, 1.0, 3.0, 4.0]
    """
    size = over.shape[2:]
    if x.shape[2:] == size:
        return x
    return F.interpolate(x, size=size, mode=_LINEAR[x.ndim - 2], align_corners=False)


class LaidOut(nn.Sequential):
    r"""Run modules in a row, and lay out what they give over the places of their input, as `laid_out` says.

    Shape: (N, C, \*S) -> (N, C', \*S), C' as the last module gives. Names in the state dict are the modules' own.

    Source: Long et al. 2015, section 3.3. Deviation, as torchvision: the interpolation is fixed, not learnt.

    >>> LaidOut(nn.Conv1d(2, 3, 1, stride=4))(torch.zeros(1, 2, 9)).shape
    torch.Size([1, 3, 9])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Run the row, and lay out its answer."""
        x = input
        for part in self:
            x = part(x)
        return laid_out(x, input)

    @property
    def wiring(self) -> Wiring:
        """One step: the row, laid out over the input."""
        return (Join("lay out", (tuple(self), ())),)


class LaidOutWithAux(nn.Module):
    r"""A `LaidOut` of a backbone and a classifier with a head at its side; in training it answers too: (y, y_aux).

    The side head reads what the backbone's part `reads` gives. In inference it is not run. Whoever trains adds the
    losses. Names in the state dict: backbone, classifier and aux_classifier, as torchvision's.

    Shape: (N, C, \*S) -> (N, K, \*S), in training a tuple of two.

    >>> backbone = nn.Sequential(nn.Conv1d(2, 3, 1), nn.Conv1d(3, 4, 1, stride=2))
    >>> net = LaidOutWithAux(backbone, nn.Conv1d(4, 5, 1), nn.Conv1d(3, 5, 1), "0")
    >>> [tuple(y.shape) for y in net(torch.zeros(1, 2, 8))], tuple(net.eval()(torch.zeros(1, 2, 8)).shape)
    ([(1, 5, 8), (1, 5, 8)], (1, 5, 8))
    """

    def __init__(self, backbone: nn.Sequential, classifier: nn.Module, aux_classifier: nn.Module, reads: str) -> None:
        super().__init__()
        self.backbone, self.classifier, self.aux_classifier, self.reads = backbone, classifier, aux_classifier, reads

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Run backbone and classifier, and in training the side head."""
        x, side = input, input
        for name, part in self.backbone.named_children():
            x = part(x)
            side = x if name == self.reads else side
        out = laid_out(self.classifier(x), input)
        return (out, laid_out(self.aux_classifier(side), input)) if self.training else out

    @property
    def wiring(self) -> Wiring | None:
        """The row; in training, where there is a head that it does not hold, none."""
        return None if self.training else (Join("lay out", ((self.backbone, self.classifier), ())),)


class TwoScales(nn.Module):
    r"""Weigh a coarse map by its own mean, lay it out over a fine one, and add what a 1x1 convolution says of each.

        y = u(W_low l + W_high u(cbr(h) g(h))),   l = F(x), h = G(l)

    F and G are the backbone's modules, u is `laid_out`, over l and then over x; cbr, the gate g, W_low and W_high are
    parts of `classifier`: cbr, scale, low_classifier, high_classifier.

    Shape: (N, C, \*S) -> (N, K, \*S). Source: Howard et al. 2019, section 6.4 (LR-ASPP). Names in the
    state dict are torchvision's.

    Parameters
    ----------
    backbone : F and G in a row.
    n_fine : how many modules of it are F.
    classifier : the four parts by name.

    >>> parts = {"cbr": nn.Conv1d(4, 6, 1), "scale": nn.AdaptiveAvgPool1d(1), "low_classifier": nn.Conv1d(3, 5, 1)}
    >>> parts["scale"] = nn.Sequential(parts["scale"], nn.Conv1d(4, 6, 1), nn.Sigmoid())
    >>> parts["high_classifier"] = nn.Conv1d(6, 5, 1)
    >>> backbone = nn.Sequential(nn.Conv1d(2, 3, 1, stride=2), nn.Conv1d(3, 4, 1, stride=2))
    >>> TwoScales(backbone, 1, parts)(torch.zeros(1, 2, 9)).shape
    torch.Size([1, 5, 9])
    """

    def __init__(self, backbone: nn.Sequential, n_fine: int, classifier: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self.backbone, self.n_fine = backbone, n_fine
        self.classifier = nn.ModuleDict(classifier)

    def forward(self, input: Tensor) -> Tensor:
        """Run both scales, and add them."""
        x = fine = input
        for i, part in enumerate(self.backbone, start=1):
            x = part(x)
            fine = x if i == self.n_fine else fine
        of = self.classifier
        coarse = laid_out(of["cbr"](x) * of["scale"](x), fine)
        low: Tensor = of["low_classifier"](fine)
        high: Tensor = of["high_classifier"](coarse)
        return laid_out(low + high, input)

    @property
    def wiring(self) -> Wiring:
        """One step, laid out over the input: F, then its classifier beside all that is coarse."""
        row: tuple[Any, ...] = tuple(self.backbone)
        of = self.classifier
        weighed = Join("scale", ((of["cbr"],), (of["scale"],)))
        coarse = Join("lay out", ((*row[self.n_fine :], weighed), ()))
        both = Join("add", ((of["low_classifier"],), (coarse, of["high_classifier"])))
        return (Join("lay out", ((*row[: self.n_fine], both), ())),)
