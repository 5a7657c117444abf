"""Explanations: functions (net, x, target) -> map, and what is inside a network.

They run the network itself, in PyTorch, and leave it as it was: no hook, gradient or mode stays behind. Figures are in
`foveal.explain.figures`.
"""

from foveal.explain.deletion import deletion_curve
from foveal.explain.features import last_features, nearest, neighbour_plane, principal_plane
from foveal.explain.grad_cam import grad_cam
from foveal.explain.gradients import integrated_gradients, saliency
from foveal.explain.inside import feature_maps, filters
from foveal.explain.maximise import maximise_channel
from foveal.explain.methods import METHODS
from foveal.explain.occlusion import occlusion

__all__ = [
    "METHODS", "deletion_curve", "feature_maps", "filters", "grad_cam", "integrated_gradients", "last_features",
    "maximise_channel", "nearest", "neighbour_plane", "occlusion", "principal_plane", "saliency",
]  # fmt: skip
