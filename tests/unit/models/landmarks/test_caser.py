"""Caser's body against the paper's equations, window by window."""

import torch

from foveal.core.forms import Part
from foveal.models import network_named
from foveal.models.landmarks.caser import CaserBody


def by_hand(body, x, place):
    """Compute equations 3 to 10 for one place of one history."""
    window, width = body.window, x.shape[1]
    picture = torch.cat((torch.zeros(window, width), x[: place + 1]))[-window:]
    found = []
    for height, filters in enumerate(body.horizontal, start=1):
        for kernel, bias in zip(filters.weight, filters.bias, strict=True):
            answers = [
                torch.relu((picture[i : i + height].T * kernel).sum() + bias) for i in range(window - height + 1)
            ]
            found.append(torch.stack(answers).max())
    vertical = [(picture[:, value] * kernel).sum() for value in range(width) for kernel in body.vertical.weight]
    z = torch.relu(body.fc(torch.cat((torch.stack(found), torch.stack(vertical)))))
    return torch.cat((z, body.history(x[: place + 1].mean(0))))


def test_all_places_at_once_are_the_equations():
    torch.manual_seed(0)
    body = CaserBody(width=4, window=3, horizontal=2, vertical=2, dropout_rate=0.0).eval()
    x = torch.randn(2, 6, 4)
    found = body(x, torch.ones(2, 6, dtype=torch.bool))
    for row in range(2):
        for place in range(6):
            torch.testing.assert_close(found[row, place], by_hand(body, x[row], place), atol=1e-5, rtol=1e-5)


def test_sizes_of_its_name():
    form = (Part("items", (None,), "int64", values=21), Part("mask", (None,), "bool"))
    net = network_named("caser(width=8, window=4, horizontal=3, vertical=2, outputs=tied, neighbours=5)").make(form, 20)
    assert net.body.fc.in_features == 3 * 4 + 2 * 8
    assert net.neighbours.items.shape == (21, 5)
    assert net.tied
    assert net.project.in_features == 16
