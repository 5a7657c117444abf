"""A U-Net finds discs on noise, place by place, in seconds; where there is nothing to find it finds nothing."""

import pytest
import torch
import torch.nn.functional as F

from foveal.models import network_named

SIZE = 32


def discs(n, seed):
    """Draw n pictures of noise with one to three discs that are brighter by 1.5 deviations, and their masks."""
    rng = torch.Generator().manual_seed(seed)
    across, down = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    masks = torch.zeros(n, SIZE, SIZE, dtype=torch.bool)
    for mask in masks:
        for _ in range(int(torch.randint(1, 4, (), generator=rng))):
            x, y = torch.randint(4, SIZE - 4, (2,), generator=rng)
            mask |= (across - x) ** 2 + (down - y) ** 2 <= int(torch.randint(3, 8, (), generator=rng)) ** 2
    pictures = 1.5 * masks[:, None] + torch.randn(n, 1, SIZE, SIZE, generator=rng)
    return pictures, masks.long()


def mean_iou(found, masks):
    """Give the mean over both classes of what is shared by what is either's."""
    shares = [(found.eq(k) & masks.eq(k)).sum() / (found.eq(k) | masks.eq(k)).sum() for k in (0, 1)]
    return float(sum(shares)) / 2


def trained(masks, pictures, epochs, batch=16):
    torch.manual_seed(0)
    net = network_named("unet(depth=3, width=16)").make((1, SIZE, SIZE), 2).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(net.parameters(), 0.003)
    rng = torch.Generator().manual_seed(0)
    for _ in range(epochs):
        for rows in torch.randperm(len(pictures), generator=rng).split(batch):
            x = pictures[rows].contiguous(memory_format=torch.channels_last)
            loss = F.cross_entropy(net(x), masks[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return net.eval()


@pytest.mark.long
def test_discs_on_noise_are_found():
    pictures, masks = discs(256, seed=1)
    net = trained(masks, pictures, epochs=8)
    unseen, truth = discs(128, seed=2)
    with torch.no_grad():
        found = net(unseen).argmax(1)
    threshold = mean_iou((unseen[:, 0] > 0.75).long(), truth)
    assert threshold < 0.65  # a place by itself does not tell
    assert mean_iou(found, truth) > 0.9


def test_a_few_steps_already_see_more_than_a_place_by_itself():
    pictures, masks = discs(96, seed=1)
    net = trained(masks, pictures, epochs=4)
    unseen, truth = discs(64, seed=2)
    with torch.no_grad():
        assert mean_iou(net(unseen).argmax(1), truth) > mean_iou((unseen[:, 0] > 0.75).long(), truth) + 0.1


def test_where_masks_have_nothing_to_do_with_the_pictures_nothing_is_found():
    pictures, masks = discs(64, seed=1)
    net = trained(masks, pictures.roll(1, 0), epochs=2)
    unseen, truth = discs(64, seed=2)
    with torch.no_grad():
        assert mean_iou(net(unseen).argmax(1), truth) < 0.6
