"""How many of the objects were found: those of two masks matched one to one by how much they overlap."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import ParameterError
from foveal.train.mask_scores import check_same_shape

Array = NDArray[Any]


class Matches(NamedTuple):
    """Objects that were found: their numbers in the prediction and in the truth, and the IoU of each pair."""

    predicted: Array
    truth: Array
    iou: NDArray[np.float64]


@dataclass(frozen=True)
class InstanceScores:
    """Counts of objects in one image, or in several: scores are added up with +.

    matched : objects that were found.
    predicted, truth : objects that there are.
    overlap : the sum of the matches' IoU.
    miscounted : the sum over images of how many objects too many or too few were predicted.
    images : how many images that is.

    What there is nothing to divide by for is NaN: the precision where nothing was predicted, for one.

    >>> InstanceScores(1, 2, 1, 0.8, 1) + InstanceScores(1, 1, 1, 0.6, 0)
    InstanceScores(matched=2, predicted=3, truth=2, overlap=1.4, miscounted=1, images=2)
    >>> InstanceScores(2, 3, 2, 1.4, 1, 2).f1
    0.8
    """

    matched: int
    predicted: int
    truth: int
    overlap: float
    miscounted: int
    images: int = 1

    def __add__(self, other: "InstanceScores") -> "InstanceScores":
        names = self.__dataclass_fields__
        return InstanceScores(*(getattr(self, name) + getattr(other, name) for name in names))

    @property
    def precision(self) -> float:
        """The share of the predicted objects that are there."""
        return _share(self.matched, self.predicted)

    @property
    def recall(self) -> float:
        """The share of the objects that were found."""
        return _share(self.matched, self.truth)

    @property
    def f1(self) -> float:
        """F1 = 2 matched / (predicted + truth)."""
        return _share(2 * self.matched, self.predicted + self.truth)

    @property
    def mean_iou(self) -> float:
        """The mean IoU of the objects that were found."""
        return _share(self.overlap, self.matched)

    @property
    def count_error(self) -> float:
        """How many objects too many or too few were predicted in an image, on average."""
        return _share(self.miscounted, self.images)


def score_instances(predicted: Any, truth: Any, threshold: float = 0.5) -> InstanceScores:
    r"""Score the objects of an image: one is found where a predicted one overlaps it with an IoU of `threshold`.

    Shape: (\*S) both, 0 for the background and a number for each object.

    >>> score_instances(np.array([[1, 1, 1, 0, 2, 2]]), np.array([[5, 5, 0, 0, 0, 0]]))
    InstanceScores(matched=1, predicted=2, truth=1, overlap=0.6666666666666666, miscounted=1, images=1)
    """
    matches = matched_instances(predicted, truth, threshold)
    found, real = (len(_sizes(np.asarray(mask))[0]) for mask in (predicted, truth))
    return InstanceScores(len(matches.iou), found, real, float(matches.iou.sum()), abs(found - real))


def matched_instances(predicted: Any, truth: Any, threshold: float = 0.5) -> Matches:
    """Match objects one to one: as many pairs as there can be with an IoU of `threshold` or more, then the best ones.

    Above 0.5 an object has one such partner at most; else SciPy's `linear_sum_assignment` chooses.

    Raises `ShapeError` for masks of different shapes, `ParameterError` for a threshold that is not in 0 ... 1.

    >>> matched_instances(np.array([1, 1, 2, 2]), np.array([7, 7, 7, 7])).iou.tolist()
    [0.5]
    """
    if not 0 < threshold <= 1:
        raise ParameterError(f"threshold must be more than 0 and at most 1, got {threshold}; the usual one is 0.5")
    found, real = np.asarray(predicted), np.asarray(truth)
    check_same_shape(found, real)
    rows, columns, iou = _overlaps(found, real)
    near = iou >= threshold
    rows, columns, iou = rows[near], columns[near], iou[near]
    chosen = _one_to_one(rows, columns, iou)
    return Matches(_sizes(found)[0][rows[chosen]], _sizes(real)[0][columns[chosen]], iou[chosen])


def _sizes(mask: Array) -> tuple[Array, Array]:
    """Give the numbers of the objects, ascending, and their pixels."""
    return np.unique(mask[mask != 0], return_counts=True)


def _overlaps(found: Array, real: Array) -> tuple[Array, Array, NDArray[np.float64]]:
    """Give pairs of objects that share pixels, by their places among the objects, and the IoU of each."""
    (names, sizes), (true_names, true_sizes) = _sizes(found), _sizes(real)
    both = (found != 0) & (real != 0)
    places = np.searchsorted(names, found[both]), np.searchsorted(true_names, real[both])
    pairs, shared = np.unique(places[0] * len(true_names) + places[1], return_counts=True)
    rows, columns = np.divmod(pairs, max(1, len(true_names)))
    return rows, columns, shared / (sizes[rows] + true_sizes[columns] - shared)


def _one_to_one(rows: Array, columns: Array, iou: NDArray[np.float64]) -> Array:
    """Choose pairs that share no row and no column: the most there can be, then of the largest IoU."""
    alone = (np.bincount(rows)[rows] == 1) & (np.bincount(columns)[columns] == 1) if len(rows) else np.ones(0, bool)
    rest = np.flatnonzero(~alone)
    if not len(rest):
        return np.flatnonzero(alone)
    from scipy.optimize import linear_sum_assignment

    (_, across), (_, down) = (np.unique(n[rest], return_inverse=True) for n in (rows, columns))
    worth = np.zeros((across.max() + 1, down.max() + 1))
    worth[across, down] = len(rest) + iou[rest]  # one pair more outweighs any IoU
    taken = np.zeros_like(worth, bool)
    taken[linear_sum_assignment(worth, maximize=True)] = True
    return np.sort(np.concatenate((np.flatnonzero(alone), rest[taken[across, down]])))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
