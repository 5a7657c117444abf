"""Where points go when their rows are moved: where what was at them is found."""

import pytest
import torch

from foveal.augment import crop, flip, mirror, resized_crop, rotate, scale, shear, shift, vertical_flip, warp
from foveal.augment.motions import Mirrored, where_read
from foveal.data.points import inside
from foveal.train.heat_maps import heat_maps
from foveal.train.peaks import peaks

ROWS, SIZES = 24, (26, 33)
MOVES = [flip(pairs=0), vertical_flip(pairs=0), shift(), crop(), crop(to=(20, 24)), resized_crop(), rotate(30),
         resized_crop(0.5, to=(20, 24)), scale(0.3), shear(20), warp(0.4)]  # fmt: skip


def points(rows=ROWS, sizes=SIZES, seed=0):
    rng = torch.Generator().manual_seed(seed)
    return torch.rand(rows, 4, len(sizes), generator=rng) * (torch.tensor(sizes) - 1)


def moved(augmentation, sizes=SIZES):
    """Give the motion of rows whose channels are the places themselves, what comes out, and where points go."""
    places = torch.stack(torch.meshgrid(*map(torch.arange, sizes), indexing="ij")).float()
    x = places.expand(ROWS, *places.shape)
    move = augmentation.motion(x, torch.Generator().manual_seed(1))
    out = move(x)
    return out, inside(move.points(points(sizes=sizes)), out.shape[2:])


def between(values, places):
    """Read (N, C, H, W) at (N, K, 2), between the pixels linearly."""
    low = places.floor().long()
    total = 0
    for row in (0, 1):
        for column in (0, 1):
            at = low + torch.tensor([row, column])
            share = (1 - (places - at).abs()).prod(-1)
            total = total + share[..., None] * values[torch.arange(len(values))[:, None], :, at[..., 0], at[..., 1]]
    return total


@pytest.mark.parametrize("augmentation", MOVES, ids=repr)
def test_what_was_at_a_point_is_where_it_goes(augmentation):
    out, there = moved(augmentation)
    last = torch.tensor(out.shape[2:]) - 1
    deep = ((there > 0) & (there < last)).all(-1)
    read = between(out, torch.where(deep[..., None], there, 0.5))
    own = points()
    # beside the edge that comes in from outside a square is no longer even
    even = deep & ((read > 0.999) & (read < torch.tensor(SIZES) - 1.999)).all(-1)
    assert even.float().mean() > 0.5
    assert (read - own)[even].abs().max() < 0.02


@pytest.mark.parametrize("augmentation", MOVES, ids=repr)
def test_points_that_leave_the_row_are_nan_and_the_others_are_not(augmentation):
    out, there = moved(augmentation)
    own = points()
    nearest = torch.full(there.shape[:2], torch.inf)
    flat = out.flatten(2)  # (N, 2, places)
    for k in range(own.shape[1]):
        nearest[:, k] = (flat - own[:, k, :, None]).square().sum(1).sqrt().min(1).values
    gone = there.isnan().any(-1)
    assert (nearest[~gone] < 1.6).all()
    assert (nearest[gone] > 0.2).all()


@pytest.mark.parametrize("augmentation", [flip(pairs=0), vertical_flip(), shift(), crop()], ids=repr)
def test_the_peak_of_a_map_moved_by_whole_pixels_is_the_moved_point(augmentation):
    own = points()
    maps = heat_maps(own, SIZES, 1.5)
    move = augmentation.motion(maps, torch.Generator().manual_seed(1))
    there = move.points(own)
    last = torch.tensor(SIZES) - 5
    deep = ((there > 4) & (there < last) & (own > 4) & (own < last)).all(-1)
    assert deep.float().mean() > 0.15
    assert (peaks(move(maps)) - there)[deep].abs().max() < 0.01


def test_left_and_right_change_names_in_the_mirror():
    own = torch.arange(10.0).view(1, 5, 2)
    turned = Mirrored(torch.tensor([True]), -1, 20, 2).points(own)
    straight = Mirrored(torch.tensor([False]), -1, 20, 2).points(own)
    assert turned[0, :, 0].tolist() == [2, 0, 6, 4, 8]
    assert turned[0, :, 1].tolist() == [16, 18, 12, 14, 10]
    assert torch.equal(straight, own)
    assert torch.equal(
        Mirrored(torch.tensor([True]), -1, 20, 2)(own[:, None]), mirror(own[:, None], torch.tensor([True]))
    )


def test_signals_and_volumes():
    for sizes, augmentation in (
        ((40,), scale(0.2)),
        ((40,), resized_crop()),
        ((40,), shift()),
        ((5, 12, 14), rotate(30)),
    ):
        places = torch.stack(torch.meshgrid(*map(torch.arange, sizes), indexing="ij")).float().expand(ROWS, -1, *sizes)
        move = augmentation.motion(places, torch.Generator().manual_seed(1))
        own = points(sizes=sizes)
        own[..., 0] = own[..., 0].round()
        there, out = move.points(own), move(places)
        near = inside(there, sizes).nan_to_num(0).round().long()
        rows = torch.arange(ROWS)[:, None]
        read = torch.stack([out[:, axis][(rows, *near.unbind(-1))] for axis in range(len(sizes))], -1)
        deep = ((there > 1) & (there < torch.tensor(sizes) - 2)).all(-1) & (
            (own > 1) & (own < torch.tensor(sizes) - 2)
        ).all(-1)
        assert deep.any()
        assert (read - own)[deep].abs().max() < 0.85  # a rounded place is read


def test_points_that_are_not_visible_stay_so():
    for augmentation in MOVES:
        x = torch.zeros(2, 1, *SIZES)
        found = augmentation.motion(x, torch.Generator().manual_seed(0)).points(torch.full((2, 3, 2), torch.nan))
        assert found.isnan().all()


def test_a_line_of_pixels_has_one_axis_to_search():
    read = torch.stack((torch.zeros(1, 1, 5), torch.arange(5.0).view(1, 1, 5) * 3), -1)
    torch.testing.assert_close(where_read(read, torch.tensor([[[0.0, 7.5]]])), torch.tensor([[[0.0, 2.5]]]))
