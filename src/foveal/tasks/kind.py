"""What sort of problem it is, as a value: one file makes each kind, `table.py` lists them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import torch

from foveal.calibration.kinds import Calibrator
from foveal.core.errors import ParameterError
from foveal.core.forms import Form
from foveal.core.rules import shown
from foveal.train.task import Task

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Problem:
    """What is fixed at the first fit and needed to predict: it stands in the model file."""

    kind: "Kind"
    n_outputs: int
    classes: np.ndarray | None = None
    has_probabilities: bool = False
    one_axis: bool = True  # predictions are (N,), not (N, outputs)
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()
    weights: tuple[float, ...] = ()  # of the classes in the loss, of kinds that weigh places; for training alone
    shares: bool = False  # y are shares of the classes at each place, not one class there; for training alone
    sizes: tuple[int, ...] = ()  # of a row, of kinds that answer each place; a file's form has them
    ignored: int | None = None  # the label of places that do not count; for training alone

    def outputs_of_row(self, form: Form) -> tuple[int, ...]:
        """Give the shape of the outputs for one row of a form."""
        return (self.n_outputs, *(form[0].sizes[1:] if self.kind.each_place else ()))

    @property
    def one_class(self) -> bool:
        """Whether a row is of one of the classes."""
        return self.classes is not None and self.one_axis


@dataclass(frozen=True)
class ClassScore:
    """One class: `rows` that are of it, precision and recall; NaN where nothing was predicted, or nothing is there.

    Where each place of a row has a class, `rows` are places, and there are `dice` and `iou`.
    """

    label: Any
    name: str
    precision: float
    recall: float
    rows: int
    dice: float | None = None
    iou: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Give what there is."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class Measures:
    """Predictions against truth: `score` is the estimator's, `values` what it is called and what goes with it.

    `probabilities` tells how honest those are, where there are some, as `calibration.honesty` has it.
    """

    rows: int
    score: float
    values: dict[str, float]
    classes: list[ClassScore] = field(default_factory=list)
    probabilities: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Give all of it for a JSON object."""
        classes = {"classes": [c.as_dict() for c in self.classes]} if self.classes else {}
        probabilities = {"probabilities": self.probabilities} if self.probabilities else {}
        return {"rows": self.rows, "score": self.score, **self.values, **probabilities, **classes}


def _no_classes(y: np.ndarray) -> np.ndarray | None:
    return None


def _as_it_is(problem: Problem, y: np.ndarray, rows: np.ndarray) -> Problem:
    return problem


def _never(loss: Any) -> bool:
    return False


def _sizes_of_places(problem: "Problem", form: Form) -> "Problem":
    """Note the sizes of a row, where each place of it is answered."""
    return replace(problem, sizes=form[0].sizes[1:]) if problem.kind.each_place else problem


def _any_rule(form: Form, rule: Any) -> bool:
    return True


def _any_rows(form: Form, y: np.ndarray, name: str) -> None:
    """Let any y go with any rows."""


@dataclass(frozen=True)
class Kind:
    r"""A kind of problem, in functions that have names of their own, so that a fitted estimator can be pickled.

    name, metric : what it is called, and its score.
    losses : names of the losses that it can be trained with; a fitted network is understood by the first.
    learn : (parameters, y, classes) -> the problem, and y as `encode` of its task takes it.
    read : (problem, parameters, y, name="y") -> the y of a later call, or of validation, in the same form.
    truth : y -> what predictions are compared with, shaped as they.
    task : (problem, loss, label smoothing, dtype) -> what the engine needs.
    decode : (problem, the task's predictions) -> the user's labels or values.
    score : (predictions, truth, weights or None) -> one number, the larger the better.
    measure : (problem, predictions, truth, class names) -> the score and what goes with it.
    sound : (problem, loss) -> whether the parts of a problem out of a file fit each other.
    classes_of : y -> the class number of each row, by which rows are held out and weighed; None where rows have none.
    scaled : (problem, y, training rows) -> the problem with what is learnt from those rows alone.
    sized : (problem, form of the rows) -> the problem with what follows from the form.
    has_probabilities : loss -> whether outputs trained with it are probabilities' logarithms.
    classifies : whether scikit-learn should take it for a classifier, else for a regressor.
    needs_classes : whether partial_fit has to be told of all classes at its first call.
    in_double : whether predictions are computed in double precision.
    each_place : whether a row is answered at each of its places, outputs (N, outputs, \*S), and not as a whole.
    gives_texts : whether a row is answered with a text, by `fitted.translating`.
    followed : what the score of an epoch is called, where that is another than `metric`.
    belongs : (form, y, name) -> nothing; raises `DataError` where y does not go with rows of the form.
    reads : (form, input rule) -> whether rows out of a file are such as it answers, and the rule makes such rows.
    weighed : (problem, class_weight, y) -> the problem with the classes' weights in its loss, where a row has places of
        several classes; None: rows are weighed.
    drawn_by : y -> the class by which a balanced epoch draws each row; None: `classes_of`.
    becomes : names of other kinds that `learn` may find in y.
    instead : what to use where a loss does not fit.
    calibrator : how held-out rows calibrate its answers; None: they do not.
    """

    name: str
    metric: str
    losses: tuple[str, ...]
    learn: Callable[[Parameters, Any, Any], tuple[Problem, np.ndarray]]
    read: Callable[..., np.ndarray]
    truth: Callable[[Any], np.ndarray]
    task: Callable[[Problem, Any, float, torch.dtype], Task]
    decode: Callable[[Problem, np.ndarray], np.ndarray]
    score: Callable[[np.ndarray, np.ndarray, np.ndarray | None], float]
    measure: Callable[[Problem, np.ndarray, np.ndarray, Sequence[str] | None], Measures]
    sound: Callable[[Problem, Any], bool]
    classes_of: Callable[[np.ndarray], np.ndarray | None] = _no_classes
    scaled: Callable[[Problem, np.ndarray, np.ndarray], Problem] = _as_it_is
    sized: Callable[[Problem, Form], Problem] = _sizes_of_places
    has_probabilities: Callable[[Any], bool] = _never
    classifies: bool = True
    needs_classes: bool = False
    in_double: bool = False
    each_place: bool = False
    gives_texts: bool = False
    followed: str = ""
    belongs: Callable[[Form, np.ndarray, str], None] = _any_rows
    reads: Callable[[Form, Any], bool] = _any_rule
    weighed: Callable[[Problem, Any, np.ndarray], Problem] | None = None
    drawn_by: Callable[[np.ndarray], np.ndarray] | None = None
    becomes: tuple[str, ...] = ()
    instead: str = ""
    calibrator: Calibrator | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.losses, tuple | list) or not self.losses:
            raise ParameterError(
                f"losses of Kind({self.name!r}) must be a tuple of at least one loss, got {shown(self.losses)}; a "
                "fitted network is understood by the first: losses=('mse',)"
            )

    @property
    def gives_masks(self) -> bool:
        """Whether each place has a class; points are found in maps, too, and are none."""
        return self.each_place and self.classifies

    def __repr__(self) -> str:
        return f"Kind({self.name!r})"


def learnt(kind: Kind, parameters: Parameters, y: Any, classes: Any) -> tuple[Problem, np.ndarray]:
    """Let a kind learn from y; the problem is of that kind, or of one that it becomes.

    A kind may be made of another one, whose `learn` names that.
    """
    found = kind.learn(parameters, y, classes)
    if not (isinstance(found, tuple) and len(found) == 2 and isinstance(found[0], Problem)):
        raise ParameterError(
            f"learn of {kind!r} must give two things, a Problem and y as its task's encode takes it, got "
            f"{shown(found)}; end it with return problem, y"
        )
    problem, y = found
    return (problem if problem.kind.name in kind.becomes else replace(problem, kind=kind)), y


def with_sizes(problem: Problem, form: Form) -> Problem:
    """Give the problem with what its kind takes from the form of the rows."""
    return problem.kind.sized(problem, form)


def name_of(label: Any, names: Sequence[str] | None) -> Any:
    """Give a class its name where the data set has one: classes 0, 1, 2 ... are places in `names`.

    >>> name_of(1, ("T-shirt/top", "Trouser")), name_of("cat", None)
    ('Trouser', 'cat')
    """
    if names is None or isinstance(label, bool) or not isinstance(label, int) or not 0 <= label < len(names):
        return label
    return label if names[label] == str(label) else names[label]


def class_scores(labels: Sequence[Any], names: Sequence[str], counts: Sequence[np.ndarray]) -> list[ClassScore]:
    """Score each class: `counts` are its rows that are rightly predicted to be of it, that are predicted, that are.

    >>> class_scores(["a"], ["a"], [np.array([1]), np.array([2]), np.array([1])])[0].precision
    0.5
    """
    rows = zip(labels, names, *(count.tolist() for count in counts), strict=True)
    return [ClassScore(label, name, _share(hit, n), _share(hit, m), m) for label, name, hit, n, m in rows]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
