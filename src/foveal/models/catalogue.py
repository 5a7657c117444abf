"""The one visible table of networks that a name can pick: name -> constructor(input shape, outputs, **sizes)."""

from collections.abc import Callable

from torch import nn

from foveal.models.plain import PlainStack

MODELS: dict[str, Callable[..., nn.Module]] = {
    "plain": PlainStack,
}
