"""A network on each frame: the same as on pictures, whatever the number of frames, in any order of memory."""

import torch
from torch import nn

from foveal.layers import EachFrame, GatedMean


def test_each_frame_is_seen_by_itself():
    torch.manual_seed(0)
    body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    net = EachFrame(body)
    for frames in (1, 5):
        x = torch.randn(2, 3, frames, 8, 6)
        wanted = torch.stack([body(x[:, :, t]) for t in range(frames)], 2)
        torch.testing.assert_close(net(x), wanted)
        torch.testing.assert_close(net(x.contiguous(memory_format=torch.channels_last_3d)), wanted)


def test_pictures_of_a_clip_that_lies_channels_last_are_no_copy_and_lie_so():
    seen = []
    body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    body[0].register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    x = torch.randn(2, 3, 5, 8, 6).contiguous(memory_format=torch.channels_last_3d)
    EachFrame(body)(x)
    assert seen[0].data_ptr() == x.data_ptr()
    assert seen[0].is_contiguous(memory_format=torch.channels_last)


def test_the_gated_mean_is_the_formula():
    torch.manual_seed(0)
    net, h = GatedMean(4, 3).double(), torch.randn(2, 4, 5, dtype=torch.float64)
    V, w = net.gate.V.weight, net.gate.w.weight[0]
    for row in range(2):
        scores = torch.stack([w @ torch.tanh(V @ h[row, :, t]) for t in range(5)])
        a = scores.exp() / scores.exp().sum()
        torch.testing.assert_close(net(h)[row], sum(a[t] * h[row, :, t] for t in range(5)))
        torch.testing.assert_close(net.weights(h)[row], a)
