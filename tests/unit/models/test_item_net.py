"""The network over histories: losses against its own scores, whole and sampled, and what it begins with."""

import numpy as np
import pytest
import torch

from foveal.data.interactions.histories import Histories
from foveal.data.sequences import Sequences
from foveal.models.landmarks.caser import caser
from foveal.models.landmarks.next_item import next_item

ROWS = Histories.of_all(Sequences.of([[1, 2, 3, 4, 5], [6, 7, 2], [9, 9, 1, 2]]), 9, 10)
ITEMS, MASK = map(torch.from_numpy, ROWS.read(np.arange(3)))
ROW, PLACE = MASK[:, 1:].nonzero(as_tuple=True)
NETS = [
    lambda **how: next_item(ROWS.form, 9, width=6, layers=2, dropout=0.0, **how),
    lambda **how: caser(ROWS.form, 9, width=6, window=3, horizontal=2, vertical=2, dropout=0.0, **how),
]


def made(make, **how):
    torch.manual_seed(0)
    net = make(**how)
    net.begin_from(ROWS)
    return net.eval()


@pytest.mark.parametrize("make", NETS)
@pytest.mark.parametrize("how", [{}, {"neighbours": 9}, {"outputs": "own"}, {"outputs": "tied"}])
def test_the_loss_is_that_of_the_scores_over_items_not_seen_yet(make, how):
    net = made(make, **how)
    losses = net.losses(ITEMS, MASK, ROW, PLACE)
    for number, (row, place) in enumerate(zip(ROW.tolist(), PLACE.tolist(), strict=True)):
        history = ITEMS[row, : place + 1]
        scores = net(history[None], torch.ones(1, len(history), dtype=torch.bool))[0]
        target = ITEMS[row, place + 1] - 1
        seen = torch.zeros(9, dtype=torch.bool)
        seen[history - 1] = True
        seen[target] = False
        wanted = -torch.log_softmax(scores.masked_fill(seen, -torch.inf), 0)[target]
        torch.testing.assert_close(losses[number], wanted, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("make", NETS)
def test_all_items_drawn_are_the_whole_softmax(make):
    net = made(make, neighbours=4)
    whole = net.losses(ITEMS, MASK, ROW, PLACE)
    torch.testing.assert_close(net.sampled_losses(ITEMS, MASK, ROW, PLACE, torch.arange(1, 10)), whole)


def test_a_sampled_sum_is_right_in_the_mean():
    net = made(NETS[0])
    rng = torch.Generator().manual_seed(0)
    net.generator = rng
    whole = net.losses(ITEMS, MASK, ROW, PLACE).exp()
    rest = [6, 8]  # the only items that are no targets
    draws = [drawn for drawn in (net.draw(2) for _ in range(800)) if set(drawn.tolist()) & set(rest)]
    found = torch.stack([net.sampled_losses(ITEMS, MASK, ROW, PLACE, drawn).exp() for drawn in draws])
    assert ((found.mean(0) - whole).abs() / whole).max() < 0.1


@pytest.mark.parametrize("make", NETS)
def test_zeros_behind_a_row_and_what_comes_after_change_nothing(make):
    net = made(make, neighbours=4)
    alone = net(ITEMS[1:2, :3], MASK[1:2, :3])
    torch.testing.assert_close(net(ITEMS, MASK)[1:2], alone, atol=1e-6, rtol=1e-6)
    longer = torch.cat((ITEMS, torch.zeros(3, 7, dtype=torch.int64)), 1), torch.cat((MASK, torch.zeros(3, 7) > 0), 1)
    torch.testing.assert_close(net(*longer), net(ITEMS, MASK), atol=1e-6, rtol=1e-6)


def test_items_begin_as_likely_as_they_are():
    net = made(NETS[0])
    likely = net.bias.exp()
    assert likely.sum().item() == pytest.approx(1)
    assert likely[2] > likely[1] > likely[8]


def test_with_neighbours_it_begins_as_they_are():
    net = made(NETS[1], neighbours=9)
    assert not net.bias.any()
    assert net.factor == 1
    feature = net.neighbours(ITEMS, MASK, torch.tensor([0]), torch.tensor([4]), net.neighbours.table())[0, 1:]
    torch.testing.assert_close(net(ITEMS, MASK)[0], feature, atol=0.5, rtol=0)
