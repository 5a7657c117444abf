"""One update: the loss that is minimised, whose weights count how much, and what is left behind."""

import pytest
import torch
from torch import nn

from foveal.core.errors import ParameterError
from foveal.data.batches import Batch
from foveal.tasks.classification import classification
from foveal.train import Config, start
from foveal.train.losses import row_loss
from foveal.train.step import loss_of_rows, penalised_weights, penalty, total_of, train_step, weighted_sum

TASK = classification(row_loss("cross_entropy"))
X, Y = torch.linspace(-1, 1, 12).reshape(4, 3), torch.tensor([0, 1, 1, 1])


def line(**options):
    """A dense layer under SGD at rate 1: what it moves by is its gradient."""
    net = nn.Linear(3, 2, bias=False)
    nn.init.constant_(net.weight, 0.25)
    state = start(net, torch.optim.SGD(net.parameters(), lr=1.0), seed=0, threads=1)
    return state, Config(n_epochs=1, learning_rate=1.0, **options)


def moved_by(batch, **options):
    state, config = line(**options)
    before = state.net.weight.detach().clone()
    sums = train_step(state, batch, TASK, config, penalised_weights(state.net))
    return before - state.net.weight.detach(), sums


def test_it_moves_by_the_gradient_of_the_mean_loss():
    state, _ = line()
    (expected,) = torch.autograd.grad(nn.functional.cross_entropy(state.net(X), Y), [state.net.weight])
    torch.testing.assert_close(moved_by(Batch((X,), (Y,), None))[0], expected)


def test_weighted_rows_count_by_their_share():
    twice = Batch((torch.cat((X, X[:1])),), (torch.cat((Y, Y[:1])),), None)
    torch.testing.assert_close(moved_by(Batch((X,), (Y,), torch.tensor([2.0, 1, 1, 1])))[0], moved_by(twice)[0])


def test_rows_without_weight_move_nothing():
    moved, _ = moved_by(Batch((X,), (Y,), torch.zeros(4)))
    assert not moved.any()


def test_the_parts_of_a_batch_make_one_update():
    torch.testing.assert_close(moved_by(Batch((X,), (Y,), None), accumulate=2)[0], moved_by(Batch((X,), (Y,), None))[0])


def test_the_l2_term_is_in_the_gradient_and_in_the_loss():
    plain, without = moved_by(Batch((X,), (Y,), None))
    moved, sums = moved_by(Batch((X,), (Y,), None), l2=0.1)
    torch.testing.assert_close(moved - plain, torch.full_like(plain, 2 * 0.1 * 0.25))
    assert float(sums[0] - without[0]) == pytest.approx(4 * 0.1 * 6 * 0.25**2)  # of four rows


def test_the_gradient_is_clipped_as_a_whole():
    moved, _ = moved_by(Batch((X,), (Y,), None), clip_norm=0.01)
    assert float(moved.norm()) == pytest.approx(0.01, rel=1e-4)


def test_the_sums_are_the_losses_and_the_tally():
    _, sums = moved_by(Batch((X,), (Y,), None))
    assert sums.tolist() == pytest.approx([4 * torch.log(torch.tensor(2.0)).item(), 4, 1])  # even odds, class 0 named
    assert not sums.requires_grad


def test_another_computation_may_stand_for_the_network():
    (_, sums), asked = moved_by(Batch((X,), (Y,), None)), []
    state, config = line()

    def calls(held):
        yield 1, lambda: asked.append("first") or state.net(held[0])
        yield 0, lambda: asked.append("last") or held[1]

    found = train_step(state, Batch((X,), (Y,), None), TASK, config, (), lambda held: calls(held.append(None) or held))
    assert asked == ["first", "last"]
    assert torch.equal(found, sums)


def test_a_mean_stands_for_all_rows_unless_they_are_weighted():
    assert float(weighted_sum(torch.tensor(0.5), None, 4)) == 2.0
    with pytest.raises(ParameterError, match=r"loss must return one loss a row, \(4,\)"):
        weighted_sum(torch.tensor(0.5), torch.ones(4), 4)


def test_a_share_without_rows_has_a_loss_of_0():
    assert float(loss_of_rows(TASK, torch.zeros(0, 2), Batch((X[:0],), (Y[:0],), None))) == 0.0


def test_the_total_is_that_of_all_processes():
    assert total_of(Batch((X,), (Y,), None)) == 4.0
    assert total_of(Batch((X[:1],), (Y[:1],), None, whole=(9, None))) == 9.0
    assert float(total_of(Batch((X,), (Y,), torch.zeros(4)))) == 1.0  # no division by 0


def test_only_convolutions_and_dense_layers_are_penalised():
    net = nn.Sequential(nn.Conv1d(1, 2, 3), nn.BatchNorm1d(2), nn.Flatten(), nn.Linear(4, 2))
    assert [id(w) for w in penalised_weights(net)] == [id(net[0].weight), id(net[3].weight)]
    assert float(penalty([torch.tensor([1.0, 2.0]), torch.tensor([3.0])], 0.5)) == 7.0
