"""A row of modules beside a shortcut, and the sum of both."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from foveal.core.errors import ParameterError
from foveal.layers.activations import make_activation
from foveal.layers.wiring import Join, Wiring


class Residual(nn.Module):
    r"""Add what a row of modules gives to its input: y = act(F(x) + P(x)).

    F is `body`, modules by name that run one after the other; P is `shortcut`, by default x itself. Names in the state
    dict are those of `body` and of the shortcut. Where channels or sizes change, a shortcut must change them too.

    Shape: (N, C, \*S) -> (N, C', \*S'), as the body gives.

    Parameters
    ----------
    body : modules by name, in the order they run.
    shortcut : P, a module that goes by `shortcut_name`, or modules by name in the order they run; None is the identity.
    activation : act, by name, class or instance; None: none, as in pre-activation networks.
    after : the shortcut reads what the first `after` modules of the body give, not x: the projections of
        pre-activation networks read the first pre-activation. Without a shortcut x is added.
    layer_scale : start values (C', 1, ...) of a factor s for each channel that is learnt: y = act(s F(x) + P(x)).

    Source: He et al. 2016, eq. 2; pre-activation: He et al. 2016b, eq. 5; layer_scale: Touvron et al. 2021, eq. 7.

    >>> import torch
    >>> row = {"conv": nn.Conv2d(4, 4, 3, padding=1), "act": nn.ReLU(), "conv2": nn.Conv2d(4, 4, 3, padding=1)}
    >>> block = Residual(row, activation="relu")
    >>> block(torch.zeros(1, 4, 5, 5)).shape, list(block.state_dict())[0]
    (torch.Size([1, 4, 5, 5]), 'conv.weight')
    """

    layer_scale: Tensor | None

    def __init__(
        self,
        body: Mapping[str, nn.Module],
        shortcut: nn.Module | Mapping[str, nn.Module] | None = None,
        *,
        activation: Any = None,
        after: int = 0,
        shortcut_name: str = "downsample",
        layer_scale: Tensor | None = None,
    ) -> None:
        super().__init__()
        beside = {shortcut_name: shortcut} if isinstance(shortcut, nn.Module) else dict(shortcut or {})
        taken = sorted({"sum_act", shortcut_name, *beside} & set(body))
        if taken:
            raise ParameterError(f"body must not name a module {taken[0]!r}: that name is taken; give it another")
        self.row, self.beside = tuple(body), tuple(beside)
        self.after = after if beside else 0
        for name, module in (*body.items(), *beside.items()):
            self.add_module(name, module)
        self.sum_act = nn.Identity() if activation is None else make_activation(activation)
        self.register_parameter("layer_scale", None if layer_scale is None else nn.Parameter(layer_scale))

    def forward(self, input: Tensor) -> Tensor:
        """Run the row, and add the shortcut."""
        out = passed = input
        for i, name in enumerate(self.row, start=1):
            out = self._modules[name](out)  # type: ignore[misc]
            if i == self.after:
                passed = out
        if self.layer_scale is not None:
            out = out * self.layer_scale
        for name in self.beside:
            passed = self._modules[name](passed)  # type: ignore[misc]
        return self.sum_act(out + passed)  # type: ignore[no-any-return]

    @property
    def wiring(self) -> Wiring:
        """The steps: what both rows read, the rows, the activation."""
        row, beside = (tuple(self._modules[name] for name in names) for names in (self.row, self.beside))
        return (*row[: self.after], Join("add", (row[self.after :], beside), self.layer_scale), self.sum_act)
