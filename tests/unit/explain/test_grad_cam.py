import pytest
import torch
from torch import nn

from foveal.explain.grad_cam import grad_cam
from foveal.layers import EachFrame
from foveal.models import MODELS

from .nets import Words, rows, sentences, small


def test_the_map_is_that_of_captum():
    attr = pytest.importorskip("captum.attr")
    net, x = small().eval(), rows()
    theirs = attr.LayerGradCam(net, net[6]).attribute(x, target=1, relu_attributions=True)
    theirs = nn.functional.interpolate(theirs, size=(8, 8), mode="bilinear", align_corners=False)[:, 0]
    assert torch.allclose(grad_cam(net, x, 1), theirs, atol=1e-6)
    assert grad_cam(net, x, 1).max() > 0


def test_an_early_layer_is_finer():
    net, x = small(), rows()
    assert torch.allclose(grad_cam(net, x, 1, layer="6"), grad_cam(net, x, 1))
    assert not torch.allclose(grad_cam(net, x, 1, layer="2"), grad_cam(net, x, 1))
    assert grad_cam(net, x, 1, layer=net[2]).shape == (3, 8, 8)


def test_class_maps_that_are_averaged_are_their_own_explanation():
    net = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    x = rows()
    maps = net[0](x)
    assert torch.allclose(grad_cam(net, x, 2), (maps[:, 2] / 64).relu(), atol=1e-6)


def test_each_frame_is_explained_by_itself():
    body = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    net = nn.Sequential(EachFrame(body), nn.AdaptiveAvgPool1d(1), nn.Flatten())
    x = rows(2 * 3).view(2, 3, 1, 8, 8).movedim(2, 1)
    found = grad_cam(net, x, 1)
    assert found.shape == (2, 3, 8, 8)
    alone = grad_cam(body, x.movedim(1, 2).flatten(0, 1), 1).view(2, 3, 8, 8) / 3
    assert torch.allclose(found, alone, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("resnet_signal", (2, 30)),
        ("unet", (1, 16, 16)),
        ("r3d_18", (3, 4, 16, 16)),
        ("mobilenet_v3_small", (3, 32, 32)),
    ],
)
def test_signals_masks_clips_and_pictures_have_maps_of_their_places(name, shape):
    net = MODELS[name].make(shape, 3)
    x = torch.rand((2, *shape), generator=torch.Generator().manual_seed(0))
    found = grad_cam(net, x)
    assert found.shape == (2, *shape[1:])
    assert found.isfinite().all()


def test_of_tokens_it_weighs_what_embeds_them():
    tokens, mask = sentences()
    net = Words()
    found = grad_cam(net, (tokens, mask), 1)
    assert found.shape == (3, 7)
    assert (found >= 0).all()
    assert torch.equal(found, grad_cam(net, (tokens, mask), 1, layer="embedding"))
