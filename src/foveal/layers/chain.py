"""A network as a row of steps, each with its name."""

from torch import nn

from foveal.layers.altered import is_altered


def chain_of(net: nn.Module, name: str = "") -> list[tuple[str, nn.Module]]:
    """List what a network runs one after the other: sequences are entered, any other module is one step.

    >>> [name for name, _ in chain_of(nn.Sequential(nn.Sequential(nn.ReLU(), nn.Tanh()), nn.Bilinear(1, 1, 1)))]
    ['0.0', '0.1', '1']
    """
    if isinstance(net, nn.Sequential) and type(net).forward is nn.Sequential.forward and not is_altered(net):
        within = f"{name}." if name else ""
        return [step for child, module in net._modules.items() if module for step in chain_of(module, within + child)]
    return [(name, net)]
