"""Convolutional sequence to sequence: against NumPy, step by step, and whatever the padding."""

import numpy as np
import pytest
import torch

from foveal.core.errors import ParameterError
from foveal.core.forms import Part
from foveal.models.landmarks.conv_s2s import ConvS2S, conv_s2s

S = 0.5**0.5


def network(**sizes):
    torch.manual_seed(1)
    return ConvS2S(20, 17, **{"layers": 2, "width": 8, "dropout": 0.0} | sizes).eval()


def rows():
    source = torch.tensor([[5, 6, 7, 8, 2], [9, 4, 2, 0, 0]])
    target = torch.tensor([[2, 3, 4, 5, 2], [2, 6, 2, 0, 0]])
    return source, source > 0, target, target > 0


def dense(layer, x):
    v, g = layer.weight_v.detach().numpy(), layer.weight_g.detach().numpy()
    return x @ (g * v / np.linalg.norm(v, axis=1, keepdims=True)).T + layer.bias.detach().numpy()


def gated(layer, x, before):
    k, length = layer.kernel, len(x)
    padded = np.zeros((length + k - 1, x.shape[1]))
    padded[before : before + length] = x
    out = dense(layer.taps, np.concatenate([padded[tap : tap + length] for tap in range(k)], 1))
    a, b = np.split(out, 2, 1)
    return a / (1 + np.exp(-b))


def embedded(module, pieces):
    return module.pieces.weight.detach().numpy()[pieces] + module.places.weight.detach().numpy()[: len(pieces)]


def in_numpy(net, source, target):
    """Compute one row as the paper's equations say."""
    e = embedded(net.encoder.embedded, source)
    h = dense(net.encoder.first, e)
    for layer in net.encoder.layers:
        h = (gated(layer, h, 1) + h) * S
    z = dense(net.encoder.last, h)
    v = (z + e) * S
    g = embedded(net.decoder.embedded, target)
    h = dense(net.decoder.first, g)
    for layer, attention in zip(net.decoder.layers, net.decoder.attentions, strict=True):
        r, h = h, gated(layer, h, 2)
        d = (dense(attention.ask, h) + g) * S
        a = np.exp(d @ z.T)
        a /= a.sum(1, keepdims=True)
        h = (dense(attention.answer, a @ v * len(source) ** 0.5) + h) * S
        h = (h + r) * S
    return dense(net.output, dense(net.decoder.last, h))


def test_the_logits_are_those_of_the_equations():
    net, (source, source_mask, target, target_mask) = network().double(), rows()
    with torch.no_grad():
        out = net(source, source_mask, target, target_mask).numpy()
    for row, (s, t) in enumerate(((5, 5), (3, 3))):
        expected = in_numpy(net, source[row, :s].numpy(), target[row, : t - 1].numpy())
        np.testing.assert_allclose(out[row, : t - 1], expected, atol=1e-10)


def test_padding_changes_nothing():
    net, parts = network(), rows()
    with torch.no_grad():
        both = net(*parts)
        alone = net(*(part[1:, :3] for part in parts))
    torch.testing.assert_close(both[1, :2], alone[0], atol=1e-6, rtol=0)


def test_step_by_step_is_the_same_as_all_at_once():
    net, (source, mask, target, _) = network(), rows()
    with torch.no_grad():
        encoded, held, steps = net.encode(source, mask), net.nothing_seen(2), []
        for place in range(4):
            state, held = net.decoder.step(target[:, place], place, held, encoded)
            steps.append(net.output(state))
        whole = net(source, mask, target, target > 0)
    torch.testing.assert_close(torch.stack(steps, 1), whole, atol=1e-5, rtol=0)


def test_the_gradient_of_the_encoder_is_divided_by_the_attentions():
    net, (source, mask, *_) = network(), rows()
    net.zero_grad()
    encoded = net.encoder(source, mask, 2)
    encoded.keys.sum().backward()
    halved = net.encoder.first.weight_v.grad.clone()
    net.zero_grad()
    net.encoder(source, mask, 1).keys.sum().backward()
    torch.testing.assert_close(halved * 2, net.encoder.first.weight_v.grad)


def test_it_has_as_many_pieces_as_the_form_says_and_takes_no_other_rows():
    names = ("source", "source_mask", "target", "target_mask")
    form = tuple(
        Part(name, (None,), "int64", 4, values) for name, values in zip(names, (9, None, 7, None), strict=True)
    )
    net = conv_s2s(form, 1, layers=1, width=4)
    assert (net.encoder.embedded.pieces.num_embeddings, net.output.out_features) == (9, 7)
    with pytest.raises(ParameterError, match=r"takes pairs of texts, and these rows have tokens; use Translator"):
        conv_s2s((Part("tokens", (None,), "int64"),), 2)
