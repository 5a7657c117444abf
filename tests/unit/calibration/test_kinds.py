import numpy as np
import pytest
import torch

from foveal.calibration import kinds
from foveal.calibration.calibration import Calibration
from foveal.calibration.unsure import Cost


def in_two(outputs, y):
    """Give rows as a model does: some at a time, as often as asked."""
    half = len(y) // 2

    def blocks():
        yield outputs[:half], y[:half]
        yield outputs[half:], y[half:]

    return blocks


def of_classes(n, seed=0, k=5):
    rng = np.random.default_rng(seed)
    z = torch.from_numpy(rng.normal(size=(n, k)) * 2)
    p = z.softmax(1).numpy()
    return z * 2, np.array([rng.choice(k, p=row) for row in p])


def test_sets_of_classes_cover_and_hold_the_likeliest():
    found = kinds.CLASSES.learn(in_two(*of_classes(2000)), None, 2000)
    assert found.temperature == (pytest.approx(2.0, rel=0.1),)
    z, y = of_classes(8000, seed=1)
    chances = (z / found.temperature[0]).softmax(1).numpy()
    sets = kinds.CLASSES.sets((found.risks[0].threshold(0.9),), chances)
    assert sets[np.arange(8000), y].mean() == pytest.approx(0.9, abs=0.02)
    assert sets[np.arange(8000), chances.argmax(1)].all()
    assert kinds.CLASSES.fits(found, 5)
    assert not kinds.ONE_LABEL_EACH.fits(found, 5)


def test_sets_of_labels_leave_out_as_few_as_asked():
    rng = np.random.default_rng(0)

    def drawn(n):
        z = torch.from_numpy(rng.normal(size=(n, 3)) * 2 - 1)
        return z, (torch.from_numpy(rng.random((n, 3))) < z.sigmoid()).numpy().astype(int)

    found = kinds.ONE_LABEL_EACH.learn(in_two(*drawn(2000)), None, 2000)
    z, y = drawn(6000)
    sets = kinds.ONE_LABEL_EACH.sets((found.risks[0].threshold(0.95),), z.sigmoid().numpy())
    left_out = np.where(y.any(1), (y & ~sets).sum(1) / np.maximum(1, y.sum(1)), 0)
    assert left_out.mean() == pytest.approx(0.05, abs=0.015)
    assert kinds.ONE_LABEL_EACH.fits(found, 3)


def test_intervals_cover_each_target():
    rng = np.random.default_rng(0)
    y = rng.normal(size=(1000, 2)) * [1, 10]
    found = kinds.VALUES.learn(in_two(torch.zeros(1000, 2), y), torch.Tensor.numpy, 1000)
    low, high = np.moveaxis(kinds.VALUES.sets(tuple(r.threshold(0.9) for r in found.risks), np.zeros((1, 2))), -1, 0)
    np.testing.assert_allclose(high[0], np.quantile(np.abs(y), 0.9, axis=0), rtol=0.02)
    np.testing.assert_array_equal(low, -high)
    assert kinds.VALUES.fits(found, 2)
    assert not kinds.VALUES.fits(found, 3)


def masks(n, rng, shares=False):
    z = torch.from_numpy(rng.normal(size=(n, 3, 6, 6)))
    p = z.softmax(1).numpy()
    y = (rng.random((n, 1, 6, 6)) > p.cumsum(1)).sum(1).clip(0, 2)
    return z * 3, np.eye(3)[y] if shares else y.astype(np.uint8)


@pytest.mark.parametrize("shares", [False, True])
def test_sets_of_masks_lose_as_few_places_as_asked(shares):
    rng = np.random.default_rng(0)
    z, y = masks(300, rng, shares)
    y[0, :3] = 0 if shares else 255  # unknown
    found = kinds.MASKS.learn(in_two(z, y), None, 300)
    assert found.temperature[0] == pytest.approx(3.0, rel=0.1)
    z, y = masks(500, rng)
    chances = (z / found.temperature[0]).softmax(1).movedim(1, -1).numpy()
    sets = kinds.MASKS.sets((found.risks[0].threshold(0.9),), chances)
    assert np.take_along_axis(sets, y[..., None].astype(int), -1).mean() == pytest.approx(0.9, abs=0.02)
    assert sets.any(-1).all()
    assert kinds.MASKS.fits(found, 3)
    assert not kinds.MASKS.fits(
        Calibration(3, cost=Cost(1, (1.0,), (1,), (0,)), temperature=(1.0,), risks=found.risks), 3
    )


def test_a_mask_of_nothing_known_loses_nothing():
    z, y = masks(20, np.random.default_rng(0))
    y[3] = 255
    assert kinds.MASKS.learn(in_two(z, y), None, 20).risks[0].risks[0] <= 0.95
