"""Every loss with every task, kind of y and estimator: it is taken, or the way out that the error names works."""

import itertools
import re
import warnings

import numpy as np
import pytest

from foveal import CNN, CNNClassifier, CNNRegressor
from foveal.core.choices import LOSSES
from foveal.core.errors import FovealError, ParameterError

NUMBERS = np.arange(12) % 3
TARGETS = {
    "classes": NUMBERS,
    "labels": np.c_[NUMBERS > 0, NUMBERS > 1].astype(int),
    "values": np.linspace(0, 1, 12),
    "several values": np.c_[np.linspace(0, 1, 12), np.linspace(2, 3, 12)],
}
#: Those whose rows are answered as a whole; of the others y is masks or points.
TASKS = ("classification", "labels", "regression")
ESTIMATORS = {kind.__name__: kind for kind in (CNN, CNNClassifier, CNNRegressor)}


def square(outputs, targets):
    return (outputs - targets).square().mean(dim=1)


def told(name, parameters, y):
    """Give what is said of an estimator, nothing where it is taken."""
    model = ESTIMATORS[name](**parameters)
    try:
        with warnings.catch_warnings(action="ignore"):
            model._kind().learn(model.get_params(), y, None)
    except FovealError as error:
        return str(error)
    return ""


def is_of_y(message):
    """Tell whether a message is of y, not of loss and task."""
    return "Unknown label type" in message or "must be an indicator" in message


def changes(way):
    """Read "loss='x' and task=None" at the end of a message."""
    return {k: None if v == "None" else v for k, v in re.findall(r"(loss|task)='?(\w+)'?(?= and |$)", way)}


def ways_out(message, name, parameters):
    """Give the estimators and parameters that a message sends to."""
    way = message.partition("; ")[2]
    found = [(other, {}) for other in re.findall(r"use (CNN\w+)", way)]
    found += [("CNN", {"loss": loss}) for loss in re.findall(r"CNN\(loss='(\w+)'\) needs no task", way)]
    listed = re.search(r"use one of ((?:'\w+'(?:, )?)+)", way)
    found += [(name, parameters | {"loss": loss}) for loss in re.findall(r"'(\w+)'", listed[1] if listed else "")]
    return [*found, (name, parameters | changes(way))] if changes(way) else found


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_way_out_is_another_one_and_works(name, target):
    y = TARGETS[target]
    for loss, task in itertools.product((*LOSSES, square), (None, *TASKS)):
        parameters = {"loss": loss, "task": task}
        message = told(name, parameters, y)
        if not message or is_of_y(message):
            continue
        if "task must say" in message:
            assert any(not told(name, parameters | {"task": other}, y) for other in TASKS)
            continue
        ways = ways_out(message, name, parameters)
        assert (name, parameters) not in ways, message
        again = [told(*way, y) for way in ways]
        assert any(not said or is_of_y(said) for said in again), (message, again)


@pytest.mark.parametrize(
    ("make", "parameters", "way"),
    [
        (CNN, {"task": "labels"}, "or use task=None"),
        (CNN, {"task": "labels", "loss": "hinge"}, "or use task=None"),
        (CNN, {"loss": "binary_cross_entropy"}, "or use loss='cross_entropy'"),
        (CNN, {"task": "labels", "loss": "binary_cross_entropy"}, "or use loss='cross_entropy' and task=None"),
        (CNN, {"task": "labels", "loss": square}, "or use task='classification'"),
        (CNNClassifier, {"task": "labels"}, "or use task=None"),
        (CNNClassifier, {"loss": "binary_cross_entropy"}, "or use loss='cross_entropy'"),
        (CNNClassifier, {"task": "labels", "loss": "kl"}, "or use task=None"),
        (CNNClassifier, {"task": "labels", "loss": "mse"}, "or use loss='cross_entropy' and task=None"),
    ],
)
def test_labels_asked_for_where_y_has_classes(make, parameters, way):
    with pytest.raises(ParameterError, match="is for several labels a row, but y has one class a row") as caught:
        make(**parameters).fit(np.zeros((12, 4)), NUMBERS)
    assert str(caught.value).endswith(way)
    assert repr(parameters.get("task", parameters.get("loss"))) in str(caught.value)
    assert told(make.__name__, parameters | changes(way), NUMBERS) == ""
