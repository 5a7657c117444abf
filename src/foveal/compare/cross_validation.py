"""`foveal.cross_validate`: repeated folds, their mean with an interval, beside baselines on the same folds."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from foveal.compare.differences import Difference, of_folds, shown, verdict
from foveal.compare.intervals import Interval
from foveal.compare.intervals import of_folds as interval_of_folds
from foveal.compare.plan import NETWORK, FoldScores, Plan, each_fold, plan
from foveal.estimators.base import BaseCNN
from foveal.tasks.labels import share_of_right


@dataclass(frozen=True)
class CrossValidation:
    """Scores of the network and of baselines on the same folds.

    folds : TIMESxFOLDS, as it was asked.
    metric : what a score is.
    results : a `FoldScores` for each fold.
    said : what was left out, and classes that a fold lacks.

    Printed it is a table.
    """

    folds: str
    metric: str
    results: tuple[FoldScores, ...]
    said: tuple[str, ...] = ()
    is_share: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The network first, then the baselines."""
        return tuple(self.results[0].scores)

    @property
    def ratio(self) -> float:
        """Rows tested on / rows trained on, over all folds."""
        return sum(r.rows_test for r in self.results) / sum(r.rows_train for r in self.results)

    def scores(self, name: str = NETWORK) -> list[float]:
        """Give the score of each fold."""
        return [result.scores[name] for result in self.results]

    def mean(self, name: str = NETWORK) -> float:
        """Give the mean of the folds' scores."""
        return float(np.mean(self.scores(name)))

    def interval(self, name: str = NETWORK) -> Interval:
        """Give the mean's 95 % interval, corrected for rows that folds share; it ends where scores end."""
        low, high = interval_of_folds(self.scores(name), self.ratio)
        return Interval(max(low, 0.0) if self.is_share else low, min(high, 1.0))

    def difference(self, name: str) -> Difference:
        """Give the network's mean less a baseline's, with the p of the corrected paired t test."""
        return of_folds(self.scores(), self.scores(name), self.ratio)

    @property
    def verdict(self) -> str:
        """Say plainly how the network stands beside the baselines."""
        others = self.names[1:]
        return verdict({n: self.mean(n) for n in others}, {n: self.difference(n) for n in others})

    def as_dict(self) -> dict[str, Any]:
        """Give means, intervals, differences and every fold for a JSON object."""
        table: dict[str, Mapping[str, Any]] = {}
        for name in self.names:
            own = {"mean": self.mean(name), "interval": list(self.interval(name))}
            table[name] = (
                own if name == NETWORK else own | dict(zip(("difference", "p"), self.difference(name), strict=True))
            )
        return {
            "cv": self.folds,
            "metric": self.metric,
            "table": table,
            "verdict": self.verdict,
            "said": list(self.said),
            "folds": [asdict(result) for result in self.results],
        }

    def rows(self) -> list[tuple[str, ...]]:
        """Give the table's lines: name, mean, interval, and the network's lead with its p."""
        lines: list[tuple[str, ...]] = []
        for name in self.names:
            low, high = self.interval(name)
            lead = ("", "") if name == NETWORK else shown(self.difference(name))
            line = (name, f"{self.mean(name):.4f}", f"{low:.4f} to {high:.4f}", *lead)
            lines.append(line[: len(self.header())])
        return lines

    def header(self) -> tuple[str, ...]:
        """Give the table's header."""
        beside = ("network's lead", "p") if len(self.names) > 1 else ()
        return (f"{self.folds} folds", self.metric, "95 % interval", *beside)

    def __str__(self) -> str:
        lines = [self.header(), *self.rows()]
        widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
        told = [
            f"{line[0]:<{widths[0]}}  " + "  ".join(f"{c:>{w}}" for c, w in zip(line[1:], widths[1:], strict=True))
            for line in lines
        ]
        return "\n".join(line.rstrip() for line in (*told, *self.said, *self.verdict.split("; ")) if line)


def cross_validate(
    estimator: BaseCNN,
    X: Any,
    y: Any = None,
    *,
    folds: str | int = "5x2",
    groups: Any = None,
    baselines: bool = True,
    random_state: int = 0,
) -> CrossValidation:
    """Train and test a network on repeated folds, beside baselines on the same folds.

    Parameters
    ----------
    estimator : CNN, CNNClassifier or CNNRegressor
        It is cloned for each fold and stays as it is. Fold k, from 0, is trained with its `random_state` + k.
    X : array or source
        As for fit; `Pictures` bring their y and their groups.
    y : array, optional
        Labels, a 0/1 indicator or values, a row each.
    folds : str or int
        TIMESxFOLDS. "5x2": rows are dealt into 2 folds, 5 times anew, which trains 10 networks, each on half of the
        rows. "1x10" or 10: once into 10 folds. Classes come into folds in equal proportion.
    groups : array, optional
        The group of each row. Rows of one group, or pictures with the same pixels, are never on both sides.
    baselines : bool
        Whether to fit `foveal.compare.baselines` beside.
    random_state : int
        Which rows come into which fold.

    Returns
    -------
    CrossValidation
        For n folds mean ± t(n - 1) sqrt(s² (1 / n + tested / trained)), the variance corrected for rows that folds
        share, and the paired test between the network and each baseline with the same correction. Source: Nadeau and
        Bengio, "Inference for the generalization error", Machine Learning 52, 2003.

    Examples
    --------
    >>> import numpy as np
    >>> from foveal import CNNClassifier, cross_validate
    >>> X, y = np.random.default_rng(0).normal(size=(40, 8, 8)), np.arange(40) % 2
    >>> found = cross_validate(CNNClassifier(n_epochs=1, random_state=0), X, y, folds="1x2")
    >>> len(found.results), found.names
    (2, ('network', 'majority class', 'logistic regression on 8x8 pixels', 'extra trees on 8x8 pixels'))
    """
    planned = plan(estimator, X, y, folds=folds, groups=groups, baselines=baselines, random_state=random_state)
    return summarised(planned, str(folds), list(each_fold(planned)))


def summarised(planned: Plan, folds: str, results: Sequence[FoldScores]) -> CrossValidation:
    """Bring finished folds together."""
    kind = planned.problem.kind
    told = dict.fromkeys((*planned.said, *(remark for result in results for remark in result.said)))
    return CrossValidation(folds, kind.metric, tuple(results), tuple(told), kind.score is share_of_right)
