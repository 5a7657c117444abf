"""Changes of rows by a known amount."""

import pytest
import torch

from foveal.compare.changes import CHANGES, contrasted, jittered, lightened, noisy, occluded, rotated, shifted, zoomed


def rows(*shape, dtype=torch.float32):
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    return (x * 40 + 128).clamp(0, 255).to(dtype)


@pytest.mark.parametrize("shape", [(3, 2, 12), (3, 3, 12, 16), (3, 1, 6, 8, 10)])
@pytest.mark.parametrize("name", CHANGES)
def test_shape_and_dtype_stay_and_the_amount_0_changes_nothing_but_rounding(name, shape):
    change, rng = CHANGES[name], torch.Generator().manual_seed(0)
    if not change.axes <= len(shape) - 2 <= change.most:
        return
    for dtype in (torch.float32, torch.uint8):
        x = rows(*shape, dtype=dtype)
        amounts = change.amounts(min(shape[2:]))
        assert amounts[0] == 0
        assert len(set(amounts)) == len(amounts) > 2
        out = change.function(x, max(amounts), rng)
        assert (out.shape, out.dtype) == (x.shape, dtype)
        assert not torch.equal(out, x)
        if amounts[0] == 0 and name != "noise":
            same = change.function(x, 0.0, torch.Generator().manual_seed(0))
            assert torch.allclose(same.float(), x.float(), atol=1e-2)


def test_directions_and_amounts():
    x = torch.arange(5.0).view(1, 1, 1, 5)
    assert shifted(x, 2, -1).flatten().tolist() == [0, 0, 0, 1, 2]
    assert shifted(x, -2, -1, wrapped=True).flatten().tolist() == [2, 3, 4, 0, 1]
    square = torch.arange(9.0).view(1, 1, 3, 3)
    assert torch.allclose(rotated(square, 90), square.rot90(1, (2, 3)), atol=1e-5)  # anticlockwise
    spot = torch.zeros(1, 1, 9, 9)
    spot[..., 3:6, 3:6] = 1
    assert 9 < float(zoomed(spot, 1.5).sum()) < 36
    assert lightened(torch.tensor([[[100, 200]]], dtype=torch.uint8), 0.5).flatten().tolist() == [150, 255]
    assert contrasted(torch.tensor([[[1.0, 3.0]]]), -1).flatten().tolist() == [2, 2]


def test_noise_and_boxes_are_as_large_as_is_said():
    rng = torch.Generator().manual_seed(0)
    x = rows(50, 2, 40, 40)
    added = noisy(x, 0.5, rng) - x
    assert float(added.std() / x.std()) == pytest.approx(0.5, rel=0.03)
    covered = (occluded(x, 0.25, rng) != x).all(1).float().mean((1, 2))
    assert torch.allclose(covered, torch.full((50,), 0.25))


def test_jitter_takes_values_of_near_places_for_each_row_apart():
    x = torch.arange(64.0).expand(2, 3, 64)
    found = jittered(x, 2, torch.Generator().manual_seed(0))
    assert found.shape == x.shape
    assert ((found - x).abs() <= 2).all()
    assert (found[:, 0] == found[:, 1]).all()  # channels stay together
    assert (found[0] != found[1]).any()
    assert torch.equal(jittered(x, 0, torch.Generator()), x)
