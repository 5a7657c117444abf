"""Parameters and multiply-adds of networks for which papers, or plain arithmetic, give them; no memory is taken."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from foveal.models import MODELS
from foveal.models.landmarks.causal import tcn

#: Network, (C, *S), outputs, parameters, multiply-adds (None: not published).
COUNTS = [
    (MODELS["fcn"].make, (1, 150), 2, 264_962, 263_168 * 150 + 256),
    (MODELS["fcn"].make, (6, 100), 4, 264_962 + 8 * 128 * 5 + 129 * 2, None),
    (MODELS["resnet_signal"].make, (1, 150), 2, 504_258, None),
    (MODELS["inception_time"].make, (1, 150), 2, 420_450, None),
    (MODELS["tcn"].make, (1, 784), 10, 66_910, None),
    (lambda *shape: tcn(*shape, filter_size=6, width=20), (1, 784), 10, 37_010, None),
    (lambda *shape: tcn(*shape, filter_size=8, width=24), (2, 600), 1, 70_369, None),
    (lambda *shape: tcn(*shape, filter_size=8, width=10), (1, 1020), 10, 12_530, None),
    (MODELS["wavenet"].make, (256, 3071), 256, 557_920 - 1_056, None),  # no residual after the last layer
]


@pytest.mark.parametrize(("make", "shape", "outputs", "parameters", "multiply_adds"), COUNTS)
def test_parameters_and_multiply_adds(make, shape, outputs, parameters, multiply_adds):
    with torch.device("meta"):
        net = make(shape, outputs).eval()
        assert sum(p.numel() for p in net.parameters()) == parameters
        if multiply_adds is None:
            return
        with FlopCounterMode(display=False) as count:
            net(torch.zeros(1, *shape))
    assert count.get_total_flops() == 2 * multiply_adds
