"""Groups of a user's optimizer keep their own rates, scaled by the schedule, through all that a run goes through."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from foveal import CNNClassifier
from foveal.core.errors import ParameterError
from foveal.train.optim.muon import Muon
from foveal.train.optim.table import SHARE, add_weights, make_optimizer, set_rate
from foveal.train.schedule import SCHEDULES, resolve_schedule

X, Y = np.random.default_rng(0).normal(size=(60, 4, 4)), np.arange(60) % 3
STEPS = 3  # of an epoch: 60 rows, 20 a batch


def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 3))


def model(optimizer, **parameters):
    given = {"n_epochs": 2, "batch_size": 20, "valid_size": 0, "random_state": 0, "learning_rate": 0.1, **parameters}
    return CNNClassifier(net=net(), optimizer=optimizer, **given)


NOTED = []


class Noting(torch.optim.SGD):
    """Note the rates of each step."""

    def __init__(self, params, lr):
        super().__init__(params, lr)
        NOTED.clear()

    def step(self, closure=None):
        NOTED.append([float(group["lr"]) for group in self.param_groups])
        return super().step(closure)


def two_groups(params, lr, *, kind=Noting, first=0.01, second=None):
    return kind([{"params": params[:2], "lr": first}, {"params": params[2:], "lr": second or lr}], lr)


def noted(fitted):
    assert isinstance(fitted._state.optimizer, Noting)
    return np.array(NOTED)


@pytest.mark.parametrize("schedule", ["constant", "auto", "one_cycle", "cosine", "step", "exponential"])
def test_each_groups_rate_is_its_own_times_the_schedules_factor(schedule):
    fitted = model(two_groups, schedule=schedule).fit(X, Y)
    factor = SCHEDULES[resolve_schedule(schedule, early_stopping=False)]
    factors = np.array([factor(step, 2 * STEPS) for step in range(2 * STEPS)])
    np.testing.assert_allclose(noted(fitted)[-2 * STEPS :], factors[:, None] * [[0.01, 0.1]], rtol=1e-12)
    np.testing.assert_allclose(fitted.history_["learning_rate"], 0.1 * factors[STEPS - 1 :: STEPS], rtol=1e-12)


def test_a_rate_that_is_said_in_the_function_is_the_one_that_is_used():
    fitted = model(lambda params, lr: Noting(params, 0.5), schedule="constant", learning_rate=0.001).fit(X, Y)
    np.testing.assert_allclose(noted(fitted), 0.5, rtol=1e-12)
    np.testing.assert_allclose(fitted.history_["learning_rate"], [0.5, 0.5], rtol=1e-12)


def test_a_group_of_rate_zero_is_not_trained():
    given = net()
    fitted = model(lambda params, lr: two_groups(params, lr, first=0.0)).fit(X, Y)
    assert torch.equal(fitted.net_.body[1].weight, given[1].weight)
    assert not torch.equal(fitted.net_.body[3].weight, given[3].weight)


def test_the_rates_are_pytorchs_own(tmp_path):
    fitted = model(two_groups, schedule="cosine").fit(X, Y)
    made = two_groups([nn.Parameter(torch.zeros(1)) for _ in range(4)], 0.1)
    factor = torch.optim.lr_scheduler.LambdaLR(made, lambda step: SCHEDULES["cosine"](step, 2 * STEPS))
    for rates in noted(fitted):
        np.testing.assert_allclose([group["lr"] for group in made.param_groups], rates, rtol=1e-12)
        made.step()
        factor.step()


def test_plateau_scales_every_group():
    lowered = model(two_groups, schedule="plateau", valid_size=0.2, n_epochs=12, learning_rate=1e-9).fit(X, Y)
    rates = noted(lowered)
    np.testing.assert_allclose(rates[0], [0.01, 1e-9], rtol=1e-9)
    assert lowered._state.plateau < 1
    set_rate(lowered._state.optimizer, 1e-9 * lowered._state.plateau)
    now = [group["lr"] for group in lowered._state.optimizer.param_groups]
    np.testing.assert_allclose(now, rates[0] * lowered._state.plateau, rtol=1e-9)


def test_a_run_that_goes_on_keeps_the_groups_rates(tmp_path):
    kept = model(two_groups, checkpoint=tmp_path).fit(X, Y)
    again = model(two_groups, checkpoint=tmp_path).fit(X, Y)
    groups = again._state.optimizer.param_groups
    assert [group[SHARE] for group in groups] == [group[SHARE] for group in kept._state.optimizer.param_groups]
    assert [group[SHARE] for group in groups] == pytest.approx([0.1, 1.0])


def test_partial_fit_keeps_the_groups_rates_and_follows_another_learning_rate():
    fitted = model(two_groups).partial_fit(X, Y, classes=[0, 1, 2])
    fitted.partial_fit(X, Y)
    np.testing.assert_allclose(noted(fitted), [[0.01, 0.1]] * len(noted(fitted)), rtol=1e-12)
    fitted.set_params(learning_rate=0.05).partial_fit(X, Y)
    np.testing.assert_allclose(noted(fitted)[-1], [0.005, 0.05], rtol=1e-12)


def test_a_copied_estimator_keeps_the_groups_rates():
    fitted = copy.deepcopy(model(two_groups).fit(X, Y)).partial_fit(X, Y)
    np.testing.assert_allclose(noted(fitted)[-1], [0.01, 0.1], rtol=1e-12)


@pytest.mark.parametrize("kind", [Muon, torch.optim.Adam, torch.optim.RMSprop])
def test_groups_of_other_optimizers(kind):
    given = net()
    fitted = model(lambda params, lr: two_groups(params, lr, kind=kind, first=0.0)).fit(X, Y)
    assert torch.equal(fitted.net_.body[1].weight, given[1].weight)
    assert not torch.equal(fitted.net_.body[3].weight, given[3].weight)


def test_rates_that_lie_in_tensors_are_scaled_where_they_lie():
    weights = [nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))]
    rate = torch.tensor(0.5)

    def made(params, lr):
        return torch.optim.Adam([{"params": params[:1], "lr": rate}, {"params": params[1:], "lr": lr}], capturable=True)

    optimizer = make_optimizer(made, weights, 0.1)
    set_rate(optimizer, 0.02)
    assert optimizer.param_groups[0]["lr"] is rate
    assert [float(group["lr"]) for group in optimizer.param_groups] == pytest.approx([0.1, 0.02])


@pytest.mark.parametrize("name", ["adam", "sgd", "muon", "nadam"])
def test_optimizers_by_name_take_the_rate_to_the_bit(name):
    optimizer = make_optimizer(name, [nn.Parameter(torch.zeros(2, 2))], 0.001)
    set_rate(optimizer, 0.001 * 0.3)
    assert optimizer.param_groups[0]["lr"] == 0.001 * 0.3


class WithoutRate(torch.optim.Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"speed": lr})

    def step(self, closure=None):
        pass


def test_an_optimizer_without_a_rate_is_refused():
    with pytest.raises(ParameterError, match="optimizer WithoutRate has a group without a number for its rate, 'lr'"):
        model(WithoutRate).fit(X, Y)


def test_weights_that_are_set_free_later_have_their_own_shares():
    first, early, late = (torch.zeros(2, requires_grad=True) for _ in range(3))
    optimizer = make_optimizer("adam", [first], 0.1)
    add_weights(optimizer, [early, late], 0.1, {early: 0.25})
    set_rate(optimizer, 0.2)
    rates = {id(weight): group["lr"] for group in optimizer.param_groups for weight in group["params"]}
    assert [rates[id(weight)] for weight in (first, early, late)] == pytest.approx([0.2, 0.05, 0.2])
