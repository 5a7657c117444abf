"""What the catalogue says of a network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from torch import nn

from foveal.core.net_names import Size


@dataclass(frozen=True)
class Network:
    r"""A network of the catalogue.

    make : (input shape, outputs, \*, stem) -> module; that of "plain" takes the estimators' sizes instead of a stem.
    source : where it was published.
    shape, outputs : (C, \*S) and outputs that the source has it for: what `foveal nets` counts at.
    head : what gives the outputs, by name, a layer or a few: another number of classes is another head.
    axes : the numbers of spatial axes it can have.
    takes : the name of the first part of the rows that it takes: "x" of arrays. `make` of one that takes others is
        (form, outputs) -> module.
    each_place : whether it answers each place, (N, outputs, \*S), not each row.
    sizes : what can be said of it in its name, as in "unet(depth=3)"; `make` takes them by the same names.
    """

    make: Callable[..., nn.Module]
    source: str
    shape: tuple[int, ...] = (3, 224, 224)
    outputs: int = 1000
    head: str = "fc"
    axes: tuple[int, ...] = (1, 2, 3)
    each_place: bool = False
    takes: str = "x"
    sizes: Mapping[str, Size] = field(default_factory=dict)
