"""A row of modules with heads at its side, which help to train the layers before them."""

from collections.abc import Mapping

from torch import Tensor, nn

from foveal.layers.wiring import Wiring


class SideHeads(nn.Module):
    r"""Run modules one after the other; in training give the side heads' outputs too: (y, y1, y2, ...).

    `parts` are the modules by name, `heads` the heads by name, each with the name of the part whose output it reads.
    In inference there is the main output alone, and the heads are not run. Whoever trains adds their losses.

    Shape: (N, C, \*S) -> (N, K), in training a tuple of one more for each head. Source: Szegedy et al. 2015, section 5.

    >>> import torch
    >>> parts, heads = {"a": nn.Linear(2, 3), "b": nn.Linear(3, 4)}, {"side": ("a", nn.Linear(3, 5))}
    >>> net = SideHeads(parts, heads)
    >>> [y.shape[1] for y in net(torch.zeros(1, 2))], net.eval()(torch.zeros(1, 2)).shape
    ([4, 5], torch.Size([1, 4]))
    """

    def __init__(self, parts: Mapping[str, nn.Module], heads: Mapping[str, tuple[str, nn.Module]]) -> None:
        super().__init__()
        self.row = tuple(parts)
        for name, module in {**parts, **{name: head for name, (_, head) in heads.items()}}.items():
            self.add_module(name, module)
        self.heads = {part: name for name, (part, _) in heads.items()}

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Run the row, and in training the heads."""
        out, side = input, []
        for name in self.row:
            out = self._modules[name](out)  # type: ignore[misc]
            if self.training and name in self.heads:
                side.append(self._modules[self.heads[name]](out))  # type: ignore[misc]
        return (out, *side) if self.training else out

    @property
    def wiring(self) -> Wiring | None:
        """The row; in training, where there are heads that it does not hold, none."""
        if self.training and self.heads:
            return None
        return tuple(self._modules[name] for name in self.row)
