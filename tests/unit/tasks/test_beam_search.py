"""Beam search, against every translation there is, and against a greedy loop."""

from itertools import product

import pytest
import torch

from foveal.data.text.vocabulary import END, FIRST
from foveal.models.landmarks.conv_s2s import ConvS2S
from foveal.tasks.beam_search import searched


def network(values=6, seed=0):
    torch.manual_seed(seed)
    net = ConvS2S(9, values, layers=2, width=8, dropout=0.0).eval()
    with torch.no_grad():
        net.output.weight_g.mul_(4)  # surer of itself
        net.output.bias[END] += 1.0
    return net


def score(net, source, pieces, penalty):
    target = torch.tensor([[END, *pieces, END]])
    with torch.no_grad():
        logs = net(source, source > 0, target, target > 0)
    logs[:, :, :2] = logs[:, :, :2]
    picked = torch.log_softmax(logs, 2)[0].gather(1, target[0, 1:, None])
    return float(picked.sum()) / (len(pieces) + 1) ** penalty


def test_a_beam_that_holds_everything_finds_the_best_there_is():
    net, source = network(), torch.tensor([[5, 7, 2]])
    every = [list(pieces) for n in range(4) for pieces in product(range(FIRST, 6), repeat=n)]
    best = max(every, key=lambda pieces: score(net, source, pieces, 0.0))
    found = searched(net, source, source > 0, beam=50, length_penalty=0.0, most=4)
    assert [p for p in found.pieces[0, 0].tolist() if p] == best
    assert float(found.scores[0, 0]) == pytest.approx(score(net, source, best, 0.0), abs=1e-5)


@pytest.mark.parametrize("penalty", [0.0, 0.6, 1.0])
def test_scores_are_those_of_the_whole_network_and_fall(penalty):
    net, source = network(12), torch.tensor([[5, 7, 2], [4, 2, 0]])
    found = searched(net, source, source > 0, beam=4, length_penalty=penalty)
    for row, length in enumerate((3, 2)):
        assert found.scores[row].tolist() == sorted(found.scores[row].tolist(), reverse=True)
        for pieces, value in zip(found.pieces[row].tolist(), found.scores[row].tolist(), strict=True):
            kept = [p for p in pieces if p]
            assert value == pytest.approx(score(net, source[row : row + 1, :length], kept, penalty), abs=1e-5)


def test_a_beam_of_one_is_greedy():
    net, source = network(12, 3), torch.tensor([[5, 7, 8, 2]])
    pieces, target = [], torch.tensor([[END, 0]])
    with torch.no_grad():
        while len(pieces) < 12:
            logs = net(source, source > 0, target, target > 0)[0, -1]
            logs[:2] = float("-inf")
            nextp = int(logs.argmax())
            if nextp == END:
                break
            pieces.append(nextp)
            target = torch.tensor([[END, *pieces, 0]])
    found = searched(net, source, source > 0, beam=1, most=12 + 1)
    assert [p for p in found.pieces[0, 0].tolist() if p] == pieces


def test_sentences_that_are_searched_together_do_not_know_of_each_other():
    net = network(40, 5)
    rows = [[4, 2], [5, 7, 8, 3, 4, 2], [8, 8, 2]]
    source = torch.zeros(3, 6, dtype=torch.long)
    for number, row in enumerate(rows):
        source[number, : len(row)] = torch.tensor(row)
    together = searched(net, source, source > 0, beam=3)
    for number, row in enumerate(rows):
        one = torch.tensor([row])
        alone = searched(net, one, one > 0, beam=3)
        torch.testing.assert_close(alone.scores[0], together.scores[number], atol=1e-6, rtol=0)
        length = alone.pieces.shape[2]
        assert torch.equal(alone.pieces[0], together.pieces[number, :, :length])
        assert not together.pieces[number, :, length:].any()


def test_none_is_longer_than_is_said_and_unknown_pieces_are_never_put():
    net, source = network(12, 1), torch.tensor([[5, 7, 2]])
    with torch.no_grad():
        net.output.bias[END] = -99.0
        net.output.bias[1] = 99.0
    found = searched(net, source, source > 0, beam=2, most=5)
    assert (found.pieces[0] > 0).sum(1).tolist() == [4, 4]
    assert not (found.pieces == 1).any()
