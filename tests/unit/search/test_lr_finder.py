import numpy as np
import pytest
import torch

from foveal import CNNRegressor
from foveal.core.errors import DataError, ParameterError
from foveal.search.lr_finder import RateSweep, find_rate, smoothed


@pytest.fixture(scope="module")
def sweep():
    from sklearn.datasets import load_digits

    from foveal import CNNClassifier

    X, y = load_digits(return_X_y=True)
    model = CNNClassifier(in_channels_list=(None, 8), out_channels=16, random_state=0)
    return find_rate(model, X[:600].reshape(-1, 8, 8), y[:600], steps=120)


def test_rates_rise_by_a_constant_factor_and_the_suggestion_trains(sweep):
    rates = np.array(sweep.rates)
    assert rates[0] == 1e-6
    assert np.allclose(rates[1:] / rates[:-1], (10 / 1e-6) ** (1 / 119))
    assert len(sweep.rates) == len(sweep.losses) == len(sweep.smoothed)
    assert sweep.suggestion == sweep.best_at / 10
    assert sweep.best_at == rates[np.argmin(sweep.smoothed)]
    assert 5e-4 < sweep.suggestion < 5e-2, "Adam's usual rates are about 0.001"
    assert sweep.steepest < sweep.best_at
    assert "4 times its smallest" in sweep.ended
    assert sweep.smoothed[-1] > 4 * min(sweep.smoothed)


def test_the_smoothed_loss_is_the_mean_with_its_beginning_made_up_for():
    losses = [3.0, 1.0, 2.0]
    weights = [np.array([0.9**k for k in range(n)][::-1]) for n in (1, 2, 3)]
    expected = [float((w * losses[: len(w)]).sum() / w.sum()) for w in weights]
    assert smoothed(losses) == pytest.approx(expected)


def test_the_losses_are_those_of_steps_at_those_rates(digits, small):
    """With SGD on one batch they can be followed by hand: a step of the module's own."""
    X, y = digits
    small.set_params(optimizer="sgd", batch_size=150, do_dropout=False, shuffle=False, kernels="off")
    sweep = find_rate(small, X, y, low=0.01, high=0.1, steps=10)
    job = small.set_params(valid_size=0.0)._prepared(X, y)
    net, losses = job.state.net.train(), []
    batch = next(iter(job.batches.epoch(0, 0)))
    for rate in sweep.rates:
        net.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(*batch.x), batch.y[0])
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            for weight in net.parameters():
                weight -= rate * weight.grad
    assert sweep.losses == pytest.approx(losses, rel=1e-4)
    assert len(sweep.rates) == 10


def test_the_estimator_stays_as_it_is_and_the_sweep_repeats(digits, small):
    before, state = small.get_params(), torch.random.get_rng_state()
    small.set_params(early_stopping=True, calibration=True)
    assert find_rate(small, *digits, steps=12) == find_rate(small, *digits, steps=12)
    assert small.set_params(early_stopping=False, calibration=False).get_params() == before
    assert torch.equal(torch.random.get_rng_state(), state)
    assert not hasattr(small, "fitted_")


def test_values_and_plots(digits, sweep):
    X, _ = digits
    found = find_rate(CNNRegressor(random_state=0), X, X.mean(axis=(1, 2)), steps=20)
    assert 0 < found.suggestion < 10
    (axes,) = sweep.plot().axes
    assert axes.get_xscale() == "log"
    assert [line.get_xdata()[0] for line in axes.lines[2:]] == [sweep.suggestion, sweep.steepest]
    assert str(sweep).startswith(f"learning_rate {sweep.suggestion:.2g}: a tenth of {sweep.best_at:.2g}")
    assert sweep.as_dict()["suggestion"] == sweep.suggestion


def test_where_the_loss_still_falls_at_the_end_it_says_so(digits, small):
    sweep = find_rate(small, *digits, low=1e-4, high=3e-3, steps=30)
    assert sweep.best_at == pytest.approx(3e-3)
    assert "the loss still fell at 0.003, so the suggestion is a guess" in sweep.ended


def test_the_steepest_rate_is_before_the_minimum():
    losses = (2.0, 1.9, 1.2, 1.1, 1.0, 3.0)
    sweep = RateSweep((1, 2, 4, 8, 16, 32), losses, losses, 1.6, 2, "")
    assert sweep.best_at == 16


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"steps": 9}, "steps must be an integer of at least 10, got 9"),
        ({"low": 0.0}, "low must be a number of more than 0, got 0.0"),
        ({"low": 1.0, "high": 0.1}, "low must be less than high, got 1.0 and 0.1"),
    ],
)
def test_what_is_no_sweep_is_refused(digits, small, how, message):
    with pytest.raises(ParameterError, match=message):
        find_rate(small, *digits, **how)


def test_a_sweep_is_not_saved(digits, small, tmp_path):
    with pytest.raises(ParameterError, match="a sweep is not saved"):
        find_rate(small.set_params(checkpoint=tmp_path), *digits)


def test_a_loss_that_is_no_number_at_once_says_where_to_begin(digits, small):
    X, y = digits
    with pytest.raises(DataError, match=r"after \d steps, at rate 1e\+15; begin lower"):
        find_rate(small.set_params(optimizer="sgd", do_batch_norm=False), X, y, low=1e15, high=1e20, steps=10)
