"""What of a network rests while the remainder is trained, and for how long."""

from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True)
class Resting:
    """A frozen body: its weights keep their values, and its modules are in inference mode, batch norms among them.

    weights : names of the weights that rest.
    trained : names of the modules that do not.
    epochs : for how many epochs they rest; None: all.
    """

    weights: tuple[str, ...]
    trained: tuple[str, ...]
    epochs: int | None = None

    def at(self, epoch: int) -> bool:
        """Tell whether they rest in an epoch, the first of which is 0."""
        return self.epochs is None or epoch < self.epochs

    def apply(self, net: nn.Module, epoch: int) -> None:
        """Put a network, which is in training mode, in the state of an epoch.

        >>> net = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 1)).train()
        >>> Resting(("0.weight", "0.bias"), ("1",), 3).apply(net, 2)
        >>> net[0].training, net[1].training, net[0].weight.requires_grad
        (False, True, False)
        """
        rests = self.at(epoch)
        for name in self.weights:
            net.get_parameter(name).requires_grad_(not rests)
        if rests:
            for name, module in net.named_modules():
                module.training = any(_holds(name, one) or _holds(one, name) for one in self.trained)


def _holds(outer: str, inner: str) -> bool:
    return outer in ("", inner) or inner.startswith(f"{outer}.")
