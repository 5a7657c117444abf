"""What y teaches a problem, before any network is made."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from foveal import CNN
from foveal.core.errors import DataError, ParameterError
from foveal.tasks.classification import columns_of
from foveal.tasks.kind import Problem, learnt
from foveal.tasks.table import KINDS, kind_of

INDICATOR = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 1]])
ONE_HOT = np.eye(3, dtype=int)[[2, 0, 1]]


def given(**parameters):
    return CNN(**parameters).get_params(deep=False)


def learn(kind, parameters, y, classes=None):
    return KINDS[kind].learn(parameters, y, classes)


def problem_of(kind, *values, **more):
    return Problem(KINDS[kind], *values, **more)


def test_labels_become_numbers_in_sorted_order():
    problem, y = learn("classification", given(), ["b", "c", "a", "b"])
    assert (problem.kind.name, problem.n_outputs, problem.classes.tolist()) == ("classification", 3, ["a", "b", "c"])
    assert y.tolist() == [1, 2, 0, 1]


def test_the_classes_of_a_first_call_may_be_more_than_it_shows():
    problem, y = learn("classification", given(), [7, 5], classes=[7, 6, 5])
    assert (problem.n_outputs, sorted(problem.classes.tolist())) == (3, [5, 6, 7])
    assert problem.classes[y].tolist() == [7, 5]


def test_two_classes_have_two_outputs():
    assert learn("classification", given(), [True, False])[0].n_outputs == 2


def test_a_hinge_gives_no_probabilities():
    assert learn("classification", given(), [0, 1])[0].has_probabilities
    assert not learn("classification", given(loss="hinge"), [0, 1])[0].has_probabilities


def test_one_class_is_too_few():
    with pytest.raises(DataError, match=r"y has 1 class \(4\)"):
        learn("classification", given(), [4, 4])


def test_a_table_of_0_and_1_means_several_labels():
    problem, y = learn("classification", given(), INDICATOR)
    assert (problem.kind.name, problem.n_outputs, problem.one_axis) == ("labels", 3, False)
    assert y.tolist() == INDICATOR.tolist()


def test_one_hot_rows_are_classes_where_that_is_said():
    problem, y = learn("classification", given(one_hot=True), ONE_HOT)
    assert (problem.kind.name, problem.classes.tolist(), y.tolist()) == ("classification", [0, 1, 2], [2, 0, 1])


def test_one_hot_rows_are_suspected_where_it_is_not():
    with pytest.warns(UserWarning, match="use one_hot=True"):
        assert learn("classification", given(), ONE_HOT)[0].kind.name == "labels"


def test_a_row_of_two_ones_is_not_one_hot():
    with pytest.raises(DataError, match="but row 0 has 2"):
        columns_of(INDICATOR)


@pytest.mark.parametrize(("y", "outputs", "one_axis"), [([1.5, 2.0], 1, True), ([[1.0, 2.0]], 2, False)])
def test_values_keep_their_width(y, outputs, one_axis):
    problem, values = learn("regression", given(loss="mse"), y)
    assert (problem.kind.name, problem.n_outputs, problem.one_axis) == ("regression", outputs, one_axis)
    assert values.tolist() == y


@pytest.mark.parametrize("parameters", [{"one_hot": True}, {}])
def test_values_have_no_classes(parameters):
    with pytest.raises(ParameterError, match="is for classes, not for values"):
        learn("regression", given(loss="mse", **parameters), [1.0, 2.0], classes=None if parameters else [1])


def test_the_scale_of_values_is_the_training_rows():
    problem = KINDS["regression"].scaled(
        problem_of("regression", 2), np.array([[0.0, 5], [2, 5], [100, 9]]), np.array([0, 1])
    )
    assert (problem.mean, problem.deviation) == ((1.0, 5.0), (1.0, 1.0))  # a deviation of 0 counts as 1


def test_classes_have_no_scale():
    problem = problem_of("classification", 2, np.arange(2))
    assert problem.kind.scaled(problem, np.array([0, 1]), np.array([0])) is problem


def test_a_later_call_keeps_the_numbers_of_the_first():
    problem, _ = learn("classification", given(), ["a", "b", "c"])
    assert problem.kind.read(problem, given(), ["c", "c"]).tolist() == [2, 2]


def test_a_later_call_knows_no_other_class_and_no_other_width():
    problem, _ = learn("classification", given(), ["a", "b"])
    with pytest.raises(DataError, match="d"):
        problem.kind.read(problem, given(), ["d"])
    with pytest.raises(DataError, match="y has 2 columns, but the first call had 1"):
        KINDS["regression"].read(problem_of("regression", 1), given(loss="mse"), [[1.0, 2.0]])


def decoded(problem, predictions):
    return problem.kind.decode(problem, predictions)


def test_predictions_come_back_as_the_users_labels_and_values():
    assert decoded(problem_of("classification", 2, np.array(["no", "yes"])), np.array([1, 0])).tolist() == ["yes", "no"]
    assert decoded(problem_of("regression", 1), np.array([[1.5], [2.5]])).tolist() == [1.5, 2.5]
    assert decoded(problem_of("regression", 1, one_axis=False), np.array([[1.5]])).tolist() == [[1.5]]


@pytest.mark.parametrize(
    ("problem", "loss"),
    [
        (problem_of("classification", 2, np.arange(2), True), "cross_entropy"),
        (problem_of("labels", 2, np.arange(2), True), "cross_entropy"),
        (problem_of("regression", 2, mean=(0.0, 0.0), deviation=(1.0, 1.0)), "huber"),
    ],
)
def test_the_task_of_a_problem_gives_a_loss_a_row(problem, loss):
    task = problem.kind.task(problem, loss, 0.0, torch.float32)
    y = {"classification": np.array([0, 1, 1]), "labels": np.ones((3, 2)), "regression": np.ones((3, 2))}[
        problem.kind.name
    ]
    assert task.loss(torch.zeros(3, 2), task.encode(y)).shape == (3,)


@pytest.mark.parametrize("loss", ["dice", lambda outputs, targets: outputs.mean()])
def test_smoothing_of_masks_needs_a_loss_that_looks_at_each_place(loss):
    problem, _ = learn("segmentation", given(loss="cross_entropy"), np.array([[[0, 1], [1, 0]]]))
    with pytest.raises(ParameterError, match=r"label_smoothing=0.1 has no meaning for loss=.*; use 0.0, or one of"):
        problem.kind.task(problem, loss, 0.1, torch.float32)
    assert problem.kind.task(problem, "cross_entropy+dice", 0.1, torch.float32)


def test_smoothing_is_for_losses_that_have_it():
    with pytest.raises(ParameterError, match=r"label_smoothing=0.1 has no meaning for loss='hinge'"):
        KINDS["classification"].task(problem_of("classification", 2, np.arange(2)), "hinge", 0.1, torch.float32)


def test_a_function_must_say_what_it_is_for():
    with pytest.raises(ParameterError, match="task must say"):
        kind_of(lambda outputs, targets: outputs, None)
    assert kind_of(lambda outputs, targets: outputs, "labels") is KINDS["labels"]


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_is_pickled_as_itself(name):
    assert pickle.loads(pickle.dumps(KINDS[name])) == KINDS[name]
    assert KINDS[name].name == name


def test_kinds_are_told_apart():
    assert len({kind.metric for kind in KINDS.values()}) == len(KINDS)
    assert not any(a == b for a in KINDS.values() for b in KINDS.values() if a is not b)


@pytest.mark.parametrize("losses", [(), "mse", None])
def test_a_kind_has_a_loss(losses):
    with pytest.raises(ParameterError, match=r"losses of Kind\('own'\) must be a tuple of at least one loss, got"):
        replace(KINDS["regression"], name="own", losses=losses)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            None,
            r"learn of Kind\('own'\) must give two things, a Problem and y .*, got None; end it with return",
        ),
        ((1, 2), r"must give two things, .*, got \(1, 2\)"),
        (np.zeros(2), "must give two things"),
    ],
)
def test_what_a_kind_learns_is_a_problem_of_its_own_and_y(found, words):
    kind = replace(KINDS["regression"], name="own", learn=lambda parameters, y, classes: found)
    with pytest.raises(ParameterError, match=words):
        CNN(task=kind).fit(np.zeros((4, 6, 6)), np.arange(4.0))
    with pytest.raises(ParameterError, match=words):
        learnt(kind, given(), [1.0], None)


def test_a_kind_is_shown_by_its_name():
    kind = replace(KINDS["regression"], name="own")
    assert repr(CNN(task=kind)) == "CNN(task=Kind('own'))"
    assert repr(problem_of("labels", 2)).startswith("Problem(kind=Kind('labels'), n_outputs=2")
