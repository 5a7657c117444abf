"""What each network of the catalogue is and costs, as it was published: counted once, and kept in a file. Torch-free.

`python docs/make_networks.py` counts and writes the file; a test counts again.
"""

import json
from importlib import resources
from typing import Any, NamedTuple


class Figures(NamedTuple):
    """A network's figures, at the size and outputs of its source.

    input, outputs : (C, S1, ...) and number of outputs that the rest is counted at.
    parameters, multiply_adds : the latter of convolutions and dense layers, for one row.
    receptive_field : pixels along each axis that a pixel of the last map sees; None where a gate sees the whole map.
    smallest : the smallest size of each axis that the network takes, with stem="auto".
    axes : the numbers of spatial axes that it can have.
    """

    name: str
    input: tuple[int, ...]
    outputs: int
    parameters: int
    multiply_adds: int
    receptive_field: tuple[int, ...] | None
    smallest: tuple[int, ...]
    axes: tuple[int, ...]
    source: str


def figures() -> dict[str, Figures]:
    """Give the figures of all networks, by name.

    >>> figures()["resnet18"].parameters
    11689512
    """
    stored = json.loads(resources.files("foveal.core").joinpath("networks.json").read_text("utf-8"))
    return {name: Figures(name, *(_tupled(value) for value in row)) for name, row in stored.items()}


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
