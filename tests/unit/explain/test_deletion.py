import pytest
import torch
from torch import nn

from foveal.core.errors import ShapeError
from foveal.explain.deletion import deletion_curve

from .nets import Words, rows, sentences, small


def test_places_go_in_the_order_of_the_map():
    net = nn.Sequential(nn.Flatten(), nn.Linear(4, 1, bias=False))
    nn.init.ones_(net[1].weight)
    x = torch.tensor([[[1.0, 2.0, 4.0, 8.0]]])
    shares, answers = deletion_curve(net, x, torch.tensor([[0.1, 0.4, 0.3, 0.2]]), steps=4)
    assert shares.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert answers.tolist() == [[15, 13, 9, 1, 0]]


def test_the_answer_is_the_probability_of_the_class():
    net, x = small().eval(), rows()
    _, answers = deletion_curve(net, x, torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(0)), 1, steps=2)
    assert torch.allclose(answers[:, 0], net(x).softmax(1)[:, 1])
    assert torch.allclose(answers[:, -1], net(torch.zeros_like(x)).softmax(1)[:, 1])


def test_tokens_are_padded():
    tokens, mask = sentences()
    net = Words().eval()
    _, answers = deletion_curve(net, (tokens, mask), torch.rand(3, 7), 0, steps=1)
    assert torch.allclose(answers[:, 1], net(torch.zeros_like(tokens), mask).softmax(1)[:, 0])


def test_a_map_of_another_size_is_told():
    with pytest.raises(ShapeError, match=r"a value for each place of the rows, \(3, 8, 8\), got \(3, 4\)"):
        deletion_curve(small(), rows(), torch.zeros(3, 4))
