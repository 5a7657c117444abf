import torch
import torch.nn.functional as F
from torch import nn

from foveal.models.landmarks.small_resnet import resnext29, small_resnet


def test_where_the_shape_changes_every_other_place_is_passed_on_and_zeros_lie_behind():
    net = small_resnet((3, 9, 12), 10, depth=8).eval()
    block, x = net.layer2[0], torch.randn(2, 16, 9, 12)
    inner = block.bn2(block.conv2(torch.relu(block.bn1(block.conv1(x)))))
    passed = torch.cat((x[:, :, ::2, ::2], torch.zeros(2, 16, 5, 6)), 1)
    assert torch.equal(block(x), torch.relu(inner + passed))


def test_shortcuts_have_no_parameters_and_a_plain_stack_has_the_same_ones():
    nets = [small_resnet((3, 32, 32), 10, depth=20, shortcuts=shortcuts) for shortcuts in (True, False)]
    shapes = [{name: tuple(p.shape) for name, p in net.state_dict().items()} for net in nets]
    assert shapes[0] == shapes[1]


def test_a_plain_stack_is_its_layers_in_a_row():
    net = small_resnet((3, 9, 12), 10, depth=8, shortcuts=False).eval()
    x = torch.randn(2, 3, 9, 12)
    out = torch.relu(net.bn1(net.conv1(x)))
    for block in (net.layer1[0], net.layer2[0], net.layer3[0]):
        out = torch.relu(block.bn1(block.conv1(out)))
        out = torch.relu(block.bn2(block.conv2(out)))
    want = F.linear(out.mean((2, 3)), net.fc.weight, net.fc.bias)
    assert torch.allclose(net(x), want, atol=1e-5)


def test_without_norms_the_convolutions_have_biases():
    net = small_resnet((3, 32, 32), 10, depth=8, norm=False)
    convs = [m for m in net.modules() if isinstance(m, nn.Conv2d)]
    assert len(convs) == 7
    assert all(conv.bias is not None for conv in convs)
    assert not [m for m in net.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]


def test_a_resnext_for_small_pictures_has_its_groups_in_each_stage():
    with torch.device("meta"):
        net = resnext29((3, 32, 32), 10, stem="full", groups=16)
    assert [(stage[0].conv2.groups, stage[0].conv2.in_channels // 16) for stage in (net.layer1, net.layer2)] == [
        (16, 64),
        (16, 128),
    ]
    assert net.conv1.stride == (1, 1)
