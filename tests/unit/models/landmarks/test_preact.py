import torch

from foveal.layers import Dropout, wiring_of
from foveal.models.landmarks.preact import preact_resnet, wide_resnet


def test_a_projection_reads_the_first_pre_activation_and_nothing_follows_the_sum():
    net = preact_resnet((3, 8, 8), 10, depths=(1, 1), widths=(4, 8)).eval()
    block, x = net.stages[1].blocks[0], torch.randn(2, 16, 8, 8)
    first = torch.relu(block.norm1(x))
    out = block.conv2(torch.relu(block.norm2(block.conv1(first))))
    out = block.conv3(torch.relu(block.norm3(out)))
    assert torch.equal(block(x), out + block.downsample.conv(first))


def test_the_input_passes_through_a_stage_where_shapes_stay():
    net = preact_resnet((3, 8, 8), 10, depths=(2,), widths=(4,)).eval()
    block, x = net.stages[0].blocks[1], torch.randn(2, 16, 8, 8)
    with torch.no_grad():
        block.conv3.weight.zero_()
    assert torch.equal(block(x), x)
    assert isinstance(wiring_of(block)[-1], torch.nn.Identity)


def test_wide_networks_drop_between_the_convolutions_of_a_block():
    net = wide_resnet((3, 8, 8), 10, depth=10, widen=1, dropout=0.3)
    assert [name for name, _ in net.stages[0].blocks[0].named_children()] == [
        "norm1", "relu1", "conv1", "norm2", "relu2", "drop", "conv2", "sum_act",
    ]  # fmt: skip
    assert {m.rate for m in net.modules() if isinstance(m, Dropout)} == {0.3}
    assert not [m for m in wide_resnet((3, 8, 8), 10, depth=10, widen=1).modules() if isinstance(m, Dropout)]


def test_the_large_form_ends_in_a_convolution_that_begins_as_a_dense_layer():
    net = preact_resnet((3, 64, 64), 10, depths=(1,), widths=(8,), large=True, stem="full")
    assert [name for name, _ in net.named_children()][-2:] == ["head", "flatten"]
    assert net.head.fc.weight.abs().max() <= 1 / 32**0.5
    assert net(torch.randn(2, 3, 64, 64)).shape == (2, 10)
