"""Rows of modules side by side, their outputs laid behind one another along the channels."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from foveal.layers.wiring import Join, Wiring

#: A row of names; a tuple of rows in it is a place where the row parts again.
Row = tuple[Any, ...]


class Branches(nn.Module):
    r"""Concatenate what several rows of modules make of one input: y = [F1(x), F2(x), ...] along the channels.

    `parts` are all modules by name, `rows` the names in the order they run; without `rows` each part is a row. A row
    may part again: ("a", (("b",), ("c",))) gives [b(a(x)), c(a(x))]. Names in the state dict are those of `parts`.

    Shape: (N, C, \*S) -> (N, C1 + C2 + ..., \*S'). Source: Szegedy et al. 2015, figure 2.

    >>> block = Branches({"a": nn.Conv1d(2, 3, 1), "b": nn.Conv1d(2, 5, 3, padding=1)})
    >>> block(torch.zeros(1, 2, 7)).shape
    torch.Size([1, 8, 7])
    """

    def __init__(self, parts: Mapping[str, nn.Module], rows: tuple[Row, ...] | None = None) -> None:
        super().__init__()
        for name, module in parts.items():
            self.add_module(name, module)
        self.rows = tuple((name,) for name in parts) if rows is None else rows

    def forward(self, input: Tensor) -> Tensor:
        """Run every row and concatenate."""
        return self._joined(self.rows, input)

    def _joined(self, rows: tuple[Row, ...], x: Tensor) -> Tensor:
        made = [self._of(row, x) for row in rows]
        return torch.cat(made, 1) if len(made) > 1 else made[0]

    def _of(self, row: Row, x: Tensor) -> Tensor:
        for step in row:
            x = self._modules[step](x) if isinstance(step, str) else self._joined(step, x)  # type: ignore[misc]
        return x

    @property
    def wiring(self) -> Wiring:
        """One step: the rows, joined."""
        return (self._join(self.rows),)

    def _join(self, rows: tuple[Row, ...]) -> Join:
        return Join("concatenate", tuple(tuple(map(self._step, row)) for row in rows))

    def _step(self, step: Any) -> Any:
        return self._modules[step] if isinstance(step, str) else self._join(step)


class Appended(nn.Module):
    r"""Lay what a row of modules gives behind its input: y = [x, F(x)] along the channels.

    Shape: (N, C, \*S) -> (N, C + C', \*S). Source: Huang et al. 2017, eq. 2: a dense block is a row of these.

    >>> Appended({"conv": nn.Conv1d(2, 3, 1)})(torch.zeros(1, 2, 7)).shape
    torch.Size([1, 5, 7])
    """

    def __init__(self, body: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self.row = tuple(body)
        for name, module in body.items():
            self.add_module(name, module)

    def forward(self, input: Tensor) -> Tensor:
        """Run the row, and lay it behind the input."""
        out = input
        for name in self.row:
            out = self._modules[name](out)  # type: ignore[misc]
        return torch.cat((input, out), 1)

    @property
    def wiring(self) -> Wiring:
        """One step: the input and the row, joined."""
        return (Join("concatenate", ((), tuple(self._modules[name] for name in self.row))),)
