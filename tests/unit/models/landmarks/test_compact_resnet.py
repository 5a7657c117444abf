import pytest
import torch

from foveal.models import MODELS


@pytest.mark.parametrize(("size", "left"), [(48, 48), (49, 25), (64, 32), (128, 32), (224, 28), (500, 32)])
def test_the_stages_begin_with_a_map_of_at_most_48_pixels(size, left):
    with torch.device("meta"):
        net = MODELS["compact_resnet"].make((3, size, size + 7), 2).eval()
        x = torch.zeros(1, 3, size, size + 7)
        for name, module in net.named_children():
            if name == "layer1":
                break
            x = module(x)
    assert x.shape[2] == left


def test_the_small_stem_keeps_every_pixel():
    with torch.device("meta"):
        net = MODELS["compact_resnet"].make((3, 200, 200), 2, stem="small")
    assert net.conv1.stride == (1, 1)
    assert "maxpool1" not in dict(net.named_children())
