"""A network that answers each pixel beside what is quick: the most frequent class, and a regression on colours alone.

All are measured on the same pixels, from one confusion matrix a picture, so that intervals are those of other pictures.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.compare.boundaries import boundaries, labels_there
from foveal.data.masks import UNKNOWN, places_in
from foveal.data.source import Source
from foveal.tasks.boundary_scores import mean_over_images
from foveal.tasks.kind import Problem, name_of
from foveal.train.mask_scores import confusion, dice, iou, mean_score, pixel_accuracy

Array = NDArray[Any]

MOST_FREQUENT, ON_COLOURS = "most frequent class everywhere", "logistic regression on colours"
#: Pixels that the regression learns from, out of so many pictures at most, and draws of pictures for an interval.
PIXELS, PICTURES, DRAWS = 20_000, 200, 1000


class Masked(NamedTuple):
    """Pictures (H, W, C) and their masks (H, W) of labels, one by one; `ignored` is the label that does not count."""

    pictures: Sequence[Any]
    masks: Sequence[Any]
    ignored: int | None


class OneByOne(Sequence[Any]):
    """The rows of a source, read one by one.

    >>> from foveal.data.rows import Rows
    >>> OneByOne(Rows(np.zeros((3, 4, 5, 1))))[2].shape
    (4, 5, 1)
    """

    def __init__(self, source: Source) -> None:
        self.source = source

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, row: Any) -> Any:
        return np.asarray(self.source.read(np.array([row]))[0][0])


@dataclass(frozen=True)
class MaskScore:
    """A model on some pictures: its scores, the mean IoU's interval, each class's IoU, Dice and F1 of the boundary."""

    iou: float
    interval: tuple[float, float]
    dice: float
    boundary_f1: float
    pixel_accuracy: float
    ious: Sequence[float]
    dices: Sequence[float]
    boundary_f1s: Sequence[float]
    seconds: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Give all of it for a JSON object."""
        return {"iou": self.iou, "interval": list(self.interval), "dice": self.dice,
                "boundary_f1": self.boundary_f1, "pixel_accuracy": self.pixel_accuracy, "ious": list(self.ious),
                "dices": list(self.dices), "boundary_f1s": list(self.boundary_f1s),
                **({} if self.seconds is None else {"seconds": self.seconds})}  # fmt: skip


@dataclass(frozen=True)
class MaskComparison:
    """The network and its baselines on so many pictures; `pixels` are those of each class in the truth."""

    pictures: int
    classes: Sequence[str]
    pixels: Sequence[int]
    network: MaskScore
    baselines: Mapping[str, MaskScore]

    def as_dict(self) -> dict[str, Any]:
        """Give all of it for a JSON object."""
        baselines = {name: score.as_dict() for name, score in self.baselines.items()}
        return {"rows": self.pictures, "classes": list(self.classes), "pixels": list(self.pixels),
                "network": self.network.as_dict(), "baselines": baselines}  # fmt: skip


def compare_masks(
    problem: Problem, learnt: Masked | None, measured: Masked, predicted: Sequence[Any], names: Any = None
) -> MaskComparison:
    """Measure a network's masks, (H, W) of labels each, beside baselines that learn from the pixels of `learnt`.

    Without `learnt` the one baseline is the class that is most frequent in `measured` itself.

    >>> from foveal.tasks.segmentation import SEGMENTATION
    >>> masks = [np.array([[0, 0], [0, 1]], np.uint8)]
    >>> problem = Problem(SEGMENTATION, 2, np.arange(2, dtype=np.uint8), one_axis=False)
    >>> found = compare_masks(problem, None, Masked([np.zeros((2, 2, 1))], masks, None), masks)
    >>> found.network.iou, found.baselines[MOST_FREQUENT].iou
    (1.0, 0.375)
    """
    assert problem.classes is not None  # noqa: S101  (every segmentation has them)
    labels = labels_there(problem.classes, measured.masks, measured.ignored)
    score = _Scorer(measured, labels)
    baselines = {}
    for name, answer, seconds in _answers(problem.classes, learnt, measured):
        began = perf_counter()
        baselines[name] = score(answer, seconds, began)
    network = score(lambda row: predicted[row])
    shown = [str(name_of(label, names)) for label in labels.tolist()]
    return MaskComparison(len(measured.masks), shown, score.pixels.tolist(), network, baselines)


class _Scorer:
    """Hold answers for all pictures against the truth."""

    def __init__(self, measured: Masked, labels: Array) -> None:
        self.measured, self.labels = measured, labels
        self.pixels = np.zeros(len(labels), int)

    def __call__(
        self, answer: Callable[[int], Any], seconds: float | None = None, began: float | None = None
    ) -> MaskScore:
        k, ignored = len(self.labels), self.measured.ignored
        each, borders = np.zeros((len(self.measured.masks), k, k), np.int64), list[Array]()
        for row, mask in enumerate(self.measured.masks):
            truth, found = np.asarray(mask), np.asarray(answer(row))
            there = places_in(truth, self.labels, ignored)
            each[row] = confusion(places_in(found, self.labels), there, k, ignore=UNKNOWN)
            borders.append(boundaries(found, truth, self.labels, ignored))
        self.pixels = each.sum(axis=(0, 2))
        table = each.sum(axis=0)
        took = None if seconds is None or began is None else seconds + perf_counter() - began
        ious, dices, edges = iou(table), dice(table), mean_over_images(borders)
        return MaskScore(
            mean_score(ious), _interval(each), mean_score(dices), mean_score(edges), pixel_accuracy(table),
            ious.tolist(), dices.tolist(), edges.tolist(), took,
        )  # fmt: skip


def _interval(each: Array, seed: int = 0) -> tuple[float, float]:
    """Give the 95 % interval of the mean IoU over pictures drawn anew (Efron 1979); one picture has none."""
    if len(each) < 2:
        return float("nan"), float("nan")
    drawn = np.random.default_rng(seed).multinomial(len(each), [1 / len(each)] * len(each), DRAWS)
    tables = np.tensordot(drawn, each, 1)  # (draws, K, K)
    scores = [mean_score(iou(table)) for table in tables]
    low, high = np.nanpercentile(scores, [2.5, 97.5])
    return float(low), float(high)


def _answers(
    classes: Array, learnt: Masked | None, measured: Masked
) -> Iterator[tuple[str, Callable[[int], Array], float]]:
    """Give each baseline: its name, what answers a picture by its number, the seconds that it learnt."""
    began = perf_counter()
    common = most_frequent(classes, learnt or measured)
    yield MOST_FREQUENT, lambda row: np.full(np.shape(measured.masks[row]), common), perf_counter() - began
    if learnt is None:
        return
    began = perf_counter()
    found = on_colours(classes, learnt)
    if found is not None:
        yield ON_COLOURS, lambda row: found(np.asarray(measured.pictures[row])), perf_counter() - began


def most_frequent(classes: Array, masked: Masked) -> Any:
    """Give the label that most pixels have.

    >>> most_frequent(np.arange(3), Masked([], [np.array([[0, 2, 2, 9, 9, 9]])], 9))
    2
    """
    counts = np.zeros(len(classes), int)
    for mask in masked.masks:
        labels, many = np.unique(np.asarray(mask), return_counts=True)
        for label, count in zip(labels.tolist(), many.tolist(), strict=True):
            counts[classes == label] += count
    return classes[counts.argmax()].item()


def on_colours(classes: Array, learnt: Masked, seed: int = 0) -> Callable[[Array], Array] | None:
    """Fit scikit-learn's `LogisticRegression` to pixels, by their channels and the squares of these.

    It learns from 20,000 pixels of up to 200 pictures, drawn with a seed. None where only one class is among them.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(seed)
    count = len(learnt.masks)
    rows = np.sort(rng.choice(count, min(count, PICTURES), replace=False))
    values, labels = [], []
    for row in rows.tolist():
        mask, picture = np.asarray(learnt.masks[row]).ravel(), np.asarray(learnt.pictures[row])
        known = np.flatnonzero(np.isin(mask, classes) & (mask != learnt.ignored))
        some = rng.choice(known, min(len(known), -(-PIXELS // len(rows))), replace=False)
        values.append(picture.reshape(len(mask), -1)[some])
        labels.append(mask[some])
    X, y = _features(np.concatenate(values)), np.concatenate(labels)
    if len(np.unique(y)) < 2:
        return None
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=200)).fit(X, y)

    def answer(picture: Array) -> Array:
        pixels = picture.reshape(-1, picture.shape[-1])
        return np.asarray(model.predict(_features(pixels))).reshape(picture.shape[:-1])

    return answer


def _features(pixels: Array) -> Array:
    values = pixels.astype(np.float64)
    return np.concatenate([values, values**2], axis=1)
