import pytest
import torch
from torch import nn

from foveal.core.errors import ParameterError, ShapeError
from foveal.explain.gradients import integrated_gradients, saliency
from foveal.explain.occlusion import occlusion
from foveal.explain.opened import baseline_of, opened, outputs_of, parts_of
from foveal.explain.running import undisturbed
from foveal.layers import Standardize

from .nets import WideWords, Words, linear, rows, sentences


def test_rows_begin_at_themselves_and_tokens_at_their_vectors():
    net = Words()
    with undisturbed(net):
        at = opened(net, sentences(), 1)
        assert at.channels == 2
        assert at.starts[0].shape == (3, 7, 6)
        assert torch.allclose(at.score(*at.starts, *at.others), net(*sentences())[:, 1])
    with undisturbed(linear()):
        at = opened(linear(), rows(channels=2, side=3), 1)
    assert at.channels == 1
    assert at.starts[0].shape == (3, 2, 3, 3)


def test_bytes_come_in_the_networks_dtype_and_marks_stay():
    net = nn.Linear(1, 1).double()
    parts = parts_of(net, (torch.zeros(1, 2, dtype=torch.uint8), torch.ones(1, 2, dtype=torch.bool)))
    assert [part.dtype for part in parts] == [torch.float64, torch.bool]


@pytest.mark.parametrize("x", [None, torch.zeros(0, 1), torch.zeros(3), [[1, 2]]])
def test_what_is_no_tensor_of_rows_is_refused(x):
    with pytest.raises(ShapeError, match="x must be a tensor of rows"):
        parts_of(nn.Linear(1, 1), x)


def test_tokens_that_no_module_embeds_have_no_gradient():
    class Bare(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(20, 2))

        def forward(self, tokens, mask):
            return nn.functional.embedding(tokens, self.weight).sum(1)

    with pytest.raises(ParameterError, match=r"no nn\.Embedding of this network reads its part of whole numbers"):
        saliency(Bare(), sentences())
    assert occlusion(Bare(), sentences()).shape == (3, 7)


@pytest.mark.parametrize("method", [saliency, integrated_gradients])
def test_a_network_that_also_reads_tokens_in_another_way_is_refused(method):
    with pytest.raises(ParameterError, match="also reads them in another way, as by hashed n-grams; use method"):
        method(WideWords(), sentences())


def test_what_is_cut_off_says_nothing():
    map = integrated_gradients(Words(cut=4), sentences(length=9), 1)
    assert map.shape == (3, 9)
    assert torch.equal(map[:, 4:], torch.zeros(3, 5))
    assert map[:, :4].abs().sum() > 0


def test_padded_tokens_say_nothing():
    class Padded(Words):
        def forward(self, tokens, mask):
            return super().forward(nn.functional.pad(tokens, (0, 4)), nn.functional.pad(mask, (0, 4)))

    assert saliency(Padded(), sentences()).shape == (3, 7)


def test_the_row_that_says_nothing_is_the_mean_of_the_training():
    net = nn.Sequential()
    net.input = Standardize([0.5, 0.25], [1.0, 1.0], scale=255)
    assert baseline_of(net, torch.zeros(1, 2, 4, 4)).flatten().tolist() == [127.5, 63.75]
    net.input = Standardize([[1.0, 2.0, 3.0]], [[1.0, 1.0, 1.0]])  # of columns
    assert baseline_of(net, torch.zeros(1, 1, 3)).tolist() == [[1.0, 2.0, 3.0]]
    assert baseline_of(nn.Sequential(), torch.zeros(1, 1, 3)).item() == 0


def test_outputs_that_are_none_are_told():
    class Twice(nn.Module):
        def forward(self, x):
            return x, x

    with pytest.raises(ParameterError, match="net must give a tensor of outputs, a row for each row of x"):
        outputs_of(Twice(), (torch.zeros(1, 1),))
    assert outputs_of(nn.Flatten(0), (torch.zeros(2, 1),)).shape == (2, 1)
