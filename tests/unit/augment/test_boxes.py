"""Cutout and erase set a box to each channel's mean."""

import torch

from foveal.augment import cutout, erase

X = torch.rand(300, 2, 16, 20, generator=torch.Generator().manual_seed(0))


def boxes(augmentation):
    """Give height, width and place of each changed box, after a look that it is one, full of the mean."""
    out = augmentation(X, torch.Generator().manual_seed(1))
    for image, before in zip(out, X, strict=True):
        hit = (image != before).all(0)
        if not hit.any():
            yield 0, 0, 0, 0
            continue
        rows, columns = hit.any(1).nonzero()[:, 0], hit.any(0).nonzero()[:, 0]
        height, width = int(rows[-1] - rows[0] + 1), int(columns[-1] - columns[0] + 1)
        assert hit.sum() == height * width
        assert torch.allclose(image[:, hit], before.mean((1, 2))[:, None].expand(-1, height * width))
        yield height, width, int(rows[0]), int(columns[0])


def test_cutout_is_a_quarter_of_each_axis_or_cut_off_by_an_edge():
    found = list(boxes(cutout()))
    assert max(h for h, *_ in found) == 4
    assert max(w for _, w, *_ in found) == 5
    assert min(h * w for h, w, *_ in found) >= 4  # a corner


def test_erase_takes_half_of_the_rows_and_boxes_of_any_size_within():
    found = [box for box in boxes(erase(0.3)) if box[0]]
    assert 110 < len(found) < 190
    shares = [h * w / 320 for h, w, *_ in found]
    assert max(shares) < 0.36  # sides are rounded
    assert min(shares) < 0.06
    assert {h > w for h, w, *_ in found} == {True, False}


def test_erase_of_signals_and_volumes():
    for shape in ((200, 1, 30), (200, 1, 10, 10, 10)):
        x = torch.rand(shape, generator=torch.Generator().manual_seed(0))
        changed = (erase(0.3)(x, torch.Generator().manual_seed(1)) != x).flatten(1).double().mean(1)
        assert 0.35 < (changed > 0).double().mean() < 0.65
        assert 0.1 < changed.max() < 0.4
