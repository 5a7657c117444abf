"""A network that is looked at while it runs, and left as it was found."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from torch import Tensor, nn
from torch.jit import ScriptModule

from foveal.core.copies import real_weight
from foveal.core.randomness import borrowed_generator
from foveal.core.shelter import sheltered
from foveal.layers import Masked

#: A module and how often it has run before in the same pass.
Run = tuple[nn.Module, int]


class Call(NamedTuple):
    """A module that has run: its name, the module, how often it ran before, what it was given first and gave."""

    name: str
    module: nn.Module
    number: int
    given: Any
    output: Any

    @property
    def run(self) -> Run:
        """Which run of which module it is."""
        return self.module, self.number


@contextmanager
def undisturbed(net: nn.Module) -> Iterator[None]:
    """Let a network run in inference mode with gradients, whatever the caller has set; leave its modes as they were.

    Also after an error. What draws in inference, too, draws the same numbers each time, and none of the caller's.

    >>> net = nn.Sequential(nn.Linear(2, 1), nn.Dropout()).train()
    >>> with undisturbed(net):
    ...     net.training
    False
    >>> net.training
    True
    """
    modes = {module: module.training for module in net.modules()}
    try:
        with sheltered(), borrowed_generator(0, real_weight(net).device):
            net.eval()
            yield
    finally:
        for module, mode in modes.items():
            module.training = mode


def watchable(net: nn.Module) -> dict[str, nn.Module]:
    """Name the modules that may have hooks: all, but of signals of unequal length only those without parts.

    `Masked` runs the parts of a block itself, and the block never.

    >>> list(watchable(nn.Sequential(nn.Sequential(nn.ReLU()))))
    ['0', '0.0']
    """
    within = any(isinstance(module, Masked) for module in net.modules())

    def may(module: nn.Module) -> bool:
        parts = next(module.children(), None) is not None
        return not (isinstance(module, ScriptModule) or (within and (parts or isinstance(module, nn.Identity))))

    return {name: module for name, module in net.named_modules() if name and may(module)}


def calls_of(net: nn.Module, compute: Callable[[], Tensor]) -> tuple[list[Call], Tensor]:
    """Run `compute`, and give what ran within the network, in the order in which it was done, and the outputs.

    >>> net = nn.Sequential(nn.ReLU(), nn.Flatten())
    >>> import torch
    >>> [call.name for call in calls_of(net, lambda: net(torch.zeros(1, 2, 3)))[0]]
    ['0', '1']
    """
    done: list[Call] = []
    counts: dict[nn.Module, int] = {}

    def note(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, given: Any, output: Any) -> None:
            number = counts.get(module, 0)
            counts[module] = number + 1
            done.append(Call(name, module, number, given[0] if given else None, output))

        return hook

    with hooked([(module, note(name)) for name, module in watchable(net).items()]):
        outputs = compute()
    return done, outputs


@contextmanager
def changed(outputs: Mapping[Run, Callable[[Tensor], Tensor]]) -> Iterator[None]:
    """Put something in the place of what modules give in certain of their runs, for one pass."""
    counts: dict[nn.Module, int] = {}

    def hook(module: nn.Module, _: Any, output: Any) -> Any:
        number = counts.get(module, 0)
        counts[module] = number + 1
        change = outputs.get((module, number))
        return None if change is None else change(output)

    with hooked([(module, hook) for module in dict.fromkeys(module for module, _ in outputs)]):
        yield


@contextmanager
def hooked(hooks: Sequence[tuple[nn.Module, Callable[..., Any]]]) -> Iterator[None]:
    """Lend modules forward hooks, which are gone afterwards, also after an error."""
    with ExitStack() as held:
        for module, hook in hooks:
            held.callback(module.register_forward_hook(hook).remove)
        yield
