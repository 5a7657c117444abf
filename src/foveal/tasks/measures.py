"""What each kind of problem can be measured by, beside the loss: the names that `monitor` knows, in one place."""

from collections.abc import Callable, Sequence
from functools import partial

from torch import Tensor

from foveal.train import metrics, ranks
from foveal.train.measures import Measure

Tally = Callable[..., Tensor]


def of_classes(*, probabilities: bool) -> tuple[Measure, ...]:
    """Measures of one class a row: scikit-learn's of predictions, and of probabilities where there are some.

    >>> [measure.name for measure in of_classes(probabilities=True)]
    ['accuracy', 'balanced_accuracy', 'macro_f1', 'average_precision', 'roc_auc']
    """
    return (
        Measure("accuracy", metrics.accuracy_tally, metrics.share),
        Measure("balanced_accuracy", metrics.counts_tally, metrics.balanced_accuracy, by_class=True),
        Measure("macro_f1", metrics.counts_tally, metrics.macro_f1, by_class=True),
        *_ranked(ranks.probability_table if probabilities else ranks.output_table, ranks.over_classes),
    )


def of_labels() -> tuple[Measure, ...]:
    """Measures of several labels a row.

    >>> [measure.name for measure in of_labels()]
    ['subset_accuracy', 'macro_f1', 'average_precision', 'roc_auc']
    """
    return (
        Measure("subset_accuracy", metrics.subset_tally, metrics.share),
        Measure("macro_f1", metrics.label_counts_tally, metrics.macro_f1, by_class=True),
        *_ranked(ranks.label_table, ranks.over_labels),
    )


def of_values(unit: Sequence[float]) -> tuple[Measure, ...]:
    """Measures of values that a network sees in some `unit`, one for each target.

    >>> [measure.name for measure in of_values([1.0])]
    ['r2', 'mae']
    """
    error = partial(metrics.mean_absolute, unit)
    return (
        Measure("r2", metrics.r2_tally, metrics.r2, tells=metrics.some_vary),
        Measure("mae", metrics.absolute_tally, error, less=True, tells=metrics.always),
    )


def _ranked(tally: Tally, mean: Callable[[ranks.OfClass, Tensor], float]) -> tuple[Measure, ...]:
    kinds = {"average_precision": ranks.average_precision, "roc_auc": ranks.roc_auc}
    return tuple(
        Measure(name, tally, partial(mean, of_class), every=True, by_class=True, tells=ranks.both_there)
        for name, of_class in kinds.items()
    )
