"""Kim's network, alone and with the wide part: counts of the paper, and sizes in names."""

import pytest
import torch

from foveal.core.errors import ParameterError
from foveal.core.forms import Part, form_of
from foveal.models import network_named
from foveal.models.landmarks.texts import Kim, WideKim, embedding_of

FORM = (Part("tokens", (None,), "int64", values=18_767), Part("mask", (None,), "bool"))


def count(net):
    return sum(weight.numel() for weight in net.parameters())


def test_counts_are_those_of_the_paper():
    # Kim 2014: vectors of 300, widths 3, 4, 5 with 100 maps each; MR has 18,765 words, here with unknown and padding
    words = 18_767 * 300
    assert count(network_named("kim").make(FORM, 2)) == words + 100 * 300 * (3 + 4 + 5) + 300 + 300 * 2 + 2
    assert count(network_named("wide_kim").make(FORM, 2)) == count(network_named("kim").make(FORM, 2)) + 2 * 2**18


def test_sizes_in_names():
    net = network_named("wide_kim(vector=8, maps=4, ngrams=3, buckets=12)").make(FORM, 5)
    assert net.deep.embedding.weight.shape == (18_767, 8)
    assert net.deep.fc.weight.shape == (5, 12)
    assert (net.wide.most, net.wide.buckets) == (3, 2**12)
    with pytest.raises(ParameterError, match="buckets of net='wide_kim'"):
        network_named("wide_kim(buckets=99)")


def test_the_wide_part_of_many_outputs_has_fewer_buckets():
    assert network_named("wide_kim").make(FORM, 50).wide.buckets == 2**16


def test_vectors_of_the_padding_stay_zero():
    table = embedding_of(5, 3)
    assert table.weight[0].tolist() == [0, 0, 0]
    table(torch.tensor([0, 1])).sum().backward()
    assert table.weight.grad[0].tolist() == [0, 0, 0]


@pytest.mark.parametrize("made", [Kim, WideKim])
def test_what_a_mask_hides_is_not_seen(made):
    torch.manual_seed(0)
    net = made(9, 2).eval()
    tokens, mask = torch.tensor([[4, 5, 6, 7]]), torch.tensor([[True, True, False, False]])
    torch.testing.assert_close(net(tokens, mask), net(tokens[:, :2], mask[:, :2]), rtol=0, atol=1e-6)


def test_rows_that_are_no_texts_are_refused():
    with pytest.raises(ParameterError, match="takes rows of tokens, whose number of values is known"):
        network_named("kim").make(form_of((3, 8)), 2)
