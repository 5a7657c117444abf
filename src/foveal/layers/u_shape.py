"""Down a row of ever smaller maps and up again, each level on the way up reading that of the way down."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from foveal.layers.places import overlapped
from foveal.layers.wiring import Join, Wiring


class UShape(nn.Module):
    r"""Run levels down, the bottom, and levels up: each on the way up reads what the one on the way down gave.

        d_i = D_i(p_(i-1)),  p_i = P_i(d_i);   u_(n+1) = B(p_n);   u_i = M_i([d_i, U_i(u_(i+1))]);   y = H(u_1)

    Where the two maps that M_i reads differ in size, each is cut to the smaller from its middle. With poolings that
    round up, U_i has one place more than d_i at the end of an axis where d_i has an odd number; with convolutions that
    lose their border d_i has more on all sides.

    Shape: (N, C, \*S) -> (N, K, \*S'), as the parts give. Names in the state dict are those of `parts`.

    Parameters
    ----------
    parts : all modules by name, in the order they run.
    levels : of each level, the first one the largest map: the names of D_i, P_i, U_i and M_i.
    bottom, head : the names of B and H.

    Source: Ronneberger et al. 2015, figure 1.

    >>> import torch
    >>> parts = {"d": nn.Conv1d(1, 2, 1), "p": nn.MaxPool1d(2, ceil_mode=True), "b": nn.Conv1d(2, 4, 1)}
    >>> parts |= {"u": nn.ConvTranspose1d(4, 2, 2, stride=2), "m": nn.Conv1d(4, 2, 1), "h": nn.Conv1d(2, 3, 1)}
    >>> UShape(parts, [("d", "p", "u", "m")], "b", "h")(torch.zeros(1, 1, 7)).shape
    torch.Size([1, 3, 7])
    """

    def __init__(
        self, parts: Mapping[str, nn.Module], levels: Sequence[tuple[str, str, str, str]], bottom: str, head: str
    ) -> None:
        super().__init__()
        for name, module in parts.items():
            self.add_module(name, module)
        self.levels, self.ends = tuple(levels), (bottom, head)

    def forward(self, input: Tensor) -> Tensor:
        """Run down, and up again."""
        part: Mapping[str, Any] = self._modules
        x, kept = input, []
        for down, pool, _, _ in self.levels:
            kept.append(part[down](x))
            x = part[pool](kept[-1])
        x = part[self.ends[0]](x)
        for _, _, up, merge in reversed(self.levels):
            x = part[merge](overlapped(kept.pop(), part[up](x)))
        return part[self.ends[1]](x)  # type: ignore[no-any-return]

    @property
    def wiring(self) -> Wiring:
        """A level: its way down, then that beside all that lies below it, then its way up."""
        part: Mapping[str, Any] = self._modules
        steps: Wiring = (part[self.ends[0]],)
        for names in reversed(self.levels):
            down, pool, up, merge = (part[name] for name in names)
            steps = (down, Join("overlap", ((), (pool, *steps, up))), merge)
        return (*steps, part[self.ends[1]])
