"""Whatever is drawn for parameters and data: an error of ours that names what is wrong, or a finite step."""

import re
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.exceptions import DataConversionWarning

from foveal import CNN, CNNClassifier, CNNRegressor
from foveal.core.epochs import AUTO_EPOCHS
from foveal.core.errors import DataError, DivergedError, FovealError, ParameterError
from foveal.core.parameters import COMMON
from foveal.estimators.base import BaseCNN

from .data_values import CLASSES, FAULTS, INDICATORS, TARGETS, Data, data, spoilt
from .parameter_values import VALUES

SMALL = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8), "n_epochs": 1}
#: The warnings that the documentation lists.
DOCUMENTED = (
    "valid_size=.* leaves no row",
    "every row of y has exactly one label",
    "X of shape .* is taken as .*: say layout=",
    "(there is only 1 row|y does not vary).* to validate on, whose score cannot tell epochs apart",
    "no row to validate on is of class",
    "the columns of X vary by .*, so X is taken as a table",
    "float32 can hardly tell the values of",
    "y does not vary in the .* to score",
)
KINDS = {
    CNN: CLASSES + INDICATORS + TARGETS,
    CNNClassifier: CLASSES * 3 + INDICATORS * 2 + TARGETS,
    CNNRegressor: TARGETS * 4 + ("integers", "indicator", "strings"),
}


@st.composite
def cases(draw: Callable[..., Any], estimator: type[BaseCNN]) -> tuple[dict[str, Any], set[str], Data]:
    """Draw parameters, the names of those that are wrong, and data that may be spoilt."""
    order = draw(st.permutations(sorted(VALUES)))
    n_given, n_wrong = draw(st.integers(0, 12)), draw(st.sampled_from((0, 0, 0, 1, 2)))
    wrong = set(order[:n_wrong])
    parameters = {name: draw(st.sampled_from(VALUES[name].allowed)) for name in order[n_wrong : n_wrong + n_given]}
    parameters |= {name: draw(st.sampled_from(VALUES[name].wrong)) for name in order[:n_wrong]}
    of_net = parameters.get("net") not in (None, "plain")
    sizes = {"n_epochs": 1} if of_net else SMALL
    drawn = draw(data(KINDS[estimator]))
    if "layout" not in parameters and drawn.layout is not None:
        parameters["layout"] = drawn.layout
    if draw(st.integers(0, 9)) == 9:
        drawn = spoilt(drawn, draw(st.sampled_from(sorted(FAULTS))))
    return {**sizes, "random_state": 0, **parameters}, wrong, drawn


def run(estimator: type[BaseCNN], case: tuple[dict[str, Any], set[str], Data]) -> str:
    """Fit, judge what comes of it, and name it."""
    parameters, wrong, drawn = case
    model = estimator(**parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", DataConversionWarning)
        for message in DOCUMENTED:
            warnings.filterwarnings("ignore", message)
        try:
            model.fit(drawn.X, drawn.y, drawn.sample_weight)
        except FovealError as error:
            judge(error, set(parameters) | {"loss", "task"}, drawn)
            return type(error).__name__
        assert not wrong, f"{wrong} passed"
        assert not drawn.fault, f"{drawn.fault} passed"
        try:
            check_fit(model, drawn)
        except DataError as error:  # after one step at a rate of 1e10, some rows' outputs overflow
            if parameters.get("learning_rate", 0) <= 1 or "outputs that are not finite" not in str(error):
                raise
            return "overflow"
        return "fit"


def judge(error: FovealError, names: set[str], drawn: Data) -> None:
    """See that an error names one of some parameters, or is about the data."""
    message = str(error)
    assert 20 < len(message) < 1000, message
    assert "\n" not in message, message
    if isinstance(error, DataError):
        assert re.search(r"\b(X|y|sample_weight)\b|Unknown label type", message), message
    elif not isinstance(error, DivergedError):
        assert any(re.search(rf"\b{name}\b", message) for name in names), message
    if drawn.fault and not isinstance(error, DataError):
        assert isinstance(error, ParameterError | RuntimeError), message


def check_fit(model: BaseCNN, drawn: Data) -> None:
    """See that a step was finite, and predictions are finite and of the right shape."""
    history = model.history_
    fewest, most = AUTO_EPOCHS if model.n_epochs == "auto" else (1, 1)
    assert (1 if model.early_stopping else fewest) <= model.n_epochs_ <= most
    assert np.isfinite(history["train_loss"]).all()
    assert not np.isinf(history["valid_loss"]).any()  # NaN: nothing was held out
    predicted = model.predict(drawn.X)
    y = np.asarray(drawn.y)
    assert predicted.shape == ((len(y),) if model.one_hot or y.ndim == 1 or y.shape[1] == 1 else y.shape)
    if hasattr(model, "classes_"):
        assert set(predicted.ravel().tolist()) <= ({0, 1} if predicted.ndim == 2 else set(model.classes_.tolist()))
    else:
        assert np.isfinite(predicted).all()
    if hasattr(model, "predict_proba"):
        proba = model.predict_proba(drawn.X)
        assert proba.shape == (len(y), len(model.classes_))
        assert ((proba >= 0) & (proba <= 1)).all()
        if predicted.ndim == 1:
            np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-3)


def draws(estimator: type[BaseCNN], count: int, *, repeatable: bool) -> Counter[str]:
    """Run and judge a number of draws, the same ones each time or others; count how they ended."""
    outcomes: Counter[str] = Counter()

    @settings(
        max_examples=count,
        derandomize=repeatable,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases(estimator))
    def one(case: tuple[dict[str, Any], set[str], Data]) -> None:
        outcomes[run(estimator, case)] += 1

    one()
    return outcomes


@pytest.mark.parametrize(("estimator", "count"), [(CNN, 334), (CNNClassifier, 333), (CNNRegressor, 333)])
def test_draws(estimator, count):
    outcomes = draws(estimator, count, repeatable=True)
    print(estimator.__name__, dict(outcomes))
    assert outcomes.total() >= count
    assert outcomes["fit"] >= count / 8, outcomes  # an estimator that refuses everything is no estimator


@pytest.mark.long
@pytest.mark.parametrize("estimator", [CNN, CNNClassifier, CNNRegressor])
def test_other_draws(estimator):
    assert draws(estimator, 2000, repeatable=False)["fit"] >= 200


def test_every_parameter_of_the_table_is_drawn():
    assert set(VALUES) == set(COMMON)  # what one estimator alone has, its own tests draw
    assert all(len(values.wrong) >= 3 for values in VALUES.values())
