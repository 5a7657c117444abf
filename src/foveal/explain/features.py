"""The last features of a network, what lies near each other in them, and their plane."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from foveal.core.errors import DataError, ParameterError
from foveal.explain.opened import outputs_of, parts_of
from foveal.explain.running import Call, calls_of, undisturbed

#: Distances that are in memory at once.
_BLOCK = 2**24


def last_features(net: nn.Module, x: Any) -> Tensor:
    r"""Give what the last layer with weights reads: the features that the answer is a linear function of, (N, D).

    Where they have places, (N, D, \*S), it is their mean over these. A layer is a module without others in it, whose
    output has as many axes as what it reads: not a network that has a weight of its own beside its layers.

    >>> last_features(nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)), torch.rand(5, 4)).shape
    torch.Size([5, 3])
    """
    with undisturbed(net), torch.no_grad():
        parts = parts_of(net, x)
        calls, _ = calls_of(net, lambda: outputs_of(net, parts))
    for call in reversed(calls):
        if _is_layer(call.module) and _reads_numbers(call, len(parts[0])):
            last = isinstance(call.module, nn.Linear)
            given: Tensor = call.given.movedim(-1, 1) if last else call.given
            return given.flatten(2).mean(2) if given.ndim > 2 else given.clone()
    raise ParameterError("this network has no layer with weights that reads numbers: it has no features")


def _is_layer(module: nn.Module) -> bool:
    """Tell whether a module has weights and no modules, but for those that torch computes its weights with."""
    within = {name for name, _ in module.named_children()} - {"parametrizations"}
    return not within and next(module.parameters(), None) is not None


def _reads_numbers(call: Call, rows: int) -> bool:
    given, made = call.given, call.output
    if not (isinstance(given, Tensor) and isinstance(made, Tensor)):
        return False
    return given.is_floating_point() and len(given) == rows and given.ndim == made.ndim


class Nearest(NamedTuple):
    """The nearest of other rows, (N, k): their numbers and their cosine similarity, the nearest first."""

    rows: Tensor
    similarity: Tensor


def nearest(features: Tensor, among: Tensor, k: int = 5) -> Nearest:
    """Find the rows with the most similar features: cos(f, g) = f . g / (|f| |g|), the first of equal ones.

    Shape: (N, D), (M, D) -> (N, k). Raises `DataError` where there are fewer than k.

    >>> found = nearest(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0], [2.0, 0.1]]), k=1)
    >>> found.rows.tolist()
    [[1]]
    """
    if len(among) < k:
        raise DataError(f"{k} nearest rows were asked for among {len(among)}; ask for fewer")
    among = nn.functional.normalize(among.double(), dim=1)
    found = []
    for some in torch.split(features.double(), max(1, _BLOCK // len(among))):
        similarity = nn.functional.normalize(some, dim=1) @ among.T
        values, rows = similarity.sort(dim=1, descending=True, stable=True)
        found.append((rows[:, :k], values[:, :k]))
    return Nearest(torch.cat([rows for rows, _ in found]), torch.cat([values for _, values in found]))


class Plane(NamedTuple):
    """Points in a plane, (N, 2), how they were found, and the share of the variance that they keep (of PCA)."""

    points: Tensor
    method: str
    share: float | None = None


def principal_plane(features: Tensor) -> Plane:
    """Give the plane in which features vary most: their first two principal components.

    Shape: (N, D) -> (N, 2). A component points where its largest entry is positive. Source: Pearson 1901.

    >>> principal_plane(torch.tensor([[0.0, 0.0], [2.0, 0.0], [4.0, 0.0]])).points[:, 0].tolist()
    [-2.0, 0.0, 2.0]
    """
    centred = features.double() - features.double().mean(0)
    if centred.shape[1] < 2:
        centred = nn.functional.pad(centred, (0, 2 - centred.shape[1]))
    values, vectors = torch.linalg.eigh(centred.T @ centred)
    axes = vectors[:, [-1, -2]]
    signs = axes.gather(0, axes.abs().argmax(0, keepdim=True)).sign()
    kept, total = float(values[-2:].sum()), float(values.sum())
    return Plane(centred @ (axes * signs), "PCA", kept / total if total > 0 else 1.0)


def neighbour_plane(features: Tensor, seed: int = 0) -> Plane:
    """Give a plane in which near features stay near, by t-SNE of scikit-learn; far ones may lie anywhere.

    Shape: (N, D) -> (N, 2), N at least 5. Source: van der Maaten and Hinton 2008; begins with PCA, perplexity 30 or
    (N - 1) / 3.

    >>> neighbour_plane(torch.eye(6)).points.shape
    torch.Size([6, 2])
    """
    if len(features) < 5:
        raise DataError(f"t-SNE needs at least 5 rows, got {len(features)}; take PCA")
    from sklearn.manifold import TSNE

    perplexity = min(30.0, (len(features) - 1) / 3)
    points = TSNE(init="pca", perplexity=perplexity, random_state=seed).fit_transform(features.double().numpy())
    return Plane(torch.from_numpy(points).double(), "t-SNE")
