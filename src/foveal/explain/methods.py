"""The one visible table of explanations that a name can pick."""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor

from foveal.explain.grad_cam import grad_cam
from foveal.explain.gradients import integrated_gradients, saliency
from foveal.explain.occlusion import occlusion


class Method(NamedTuple):
    """An explanation: (net, x, target) -> map, whether it has a sign, and what its values say."""

    function: Callable[..., Tensor]
    signed: bool
    says: str


#: By name, as in `core.choices.EXPLANATIONS`.
METHODS: dict[str, Method] = {
    "grad_cam": Method(grad_cam, False, "where the last maps speak for the answer"),
    "saliency": Method(saliency, False, "where a small change would be felt most"),
    "integrated_gradients": Method(integrated_gradients, True, "what each place adds to the answer"),
    "occlusion": Method(occlusion, True, "what is lost where a window is covered"),
}
