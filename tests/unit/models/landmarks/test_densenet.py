import torch

from foveal.layers import Dropout
from foveal.models.landmarks.densenet import densenet, densenet_of_depth


def test_a_layer_lays_what_it_makes_of_all_before_it_behind_them():
    net = densenet((3, 8, 8), 10, depths=(2,), growth=4, stem_filters=8).eval()
    layer, x = net.features.denseblock1.denselayer2, torch.randn(2, 12, 8, 8)
    narrow = layer.conv1(torch.relu(layer.norm1(x)))
    assert narrow.shape[1] == 16
    made = layer.conv2(torch.relu(layer.norm2(narrow)))
    assert torch.equal(layer(x), torch.cat((x, made), 1))


def test_a_transition_halves_channels_and_map_or_the_map_alone():
    for bc, channels in ((True, 24 + 12 * 2), (False, 16 + 12 * 4)):
        net = densenet_of_depth((3, 8, 8), 10, depth=16, bc=bc)
        x = torch.randn(2, channels, 8, 8)
        assert net.features.transition1(x).shape == (2, channels // 2 if bc else channels, 4, 4)


def test_dropout_stands_after_each_convolution_of_a_block():
    net = densenet_of_depth((3, 8, 8), 10, depth=10, dropout=0.2)
    assert [name for name, _ in net.features.denseblock1.denselayer1.named_children()] == [
        "norm1", "relu1", "conv1", "drop1", "norm2", "relu2", "conv2", "drop2",
    ]  # fmt: skip
    assert not [m for m in densenet_of_depth((3, 8, 8), 10, depth=10).modules() if isinstance(m, Dropout)]
