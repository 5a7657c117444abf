"""MixUp and CutMix: pixels as the share says, partners of the same batch, shares as Beta has them."""

import numpy as np
import pytest
import torch
from scipy.stats import beta, kstest

from foveal.augment import cutmix, mixup
from foveal.augment.mixing import _beta
from foveal.data.changes import Mixes

X = torch.rand(40, 2, 9, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("alpha", [0.1, 0.2, 0.5, 1.0, 4.0])
def test_shares_are_of_beta(alpha):
    drawn = _beta(torch.zeros(20_000, 1), torch.Generator().manual_seed(0), alpha).double().numpy()
    edge = 1e-6  # float32 ends there
    inside = drawn[(drawn > edge) & (drawn < 1 - edge)]
    law = beta(alpha, alpha)
    low, high = law.cdf(edge), law.cdf(1 - edge)
    assert kstest(inside, lambda v: (law.cdf(v) - low) / (high - low)).pvalue > 0.01
    assert abs(len(inside) / len(drawn) - (high - low)) < 0.01


def test_mixup_adds_its_partner_by_the_share():
    out, partner, kept = mixup(0.8).mix(X, torch.Generator().manual_seed(0))
    share = kept.view(-1, 1, 1, 1).double()
    torch.testing.assert_close(out, share * X + (1 - share) * X[partner], atol=1e-6, rtol=0)
    assert sorted(partner.tolist()) == list(range(40))
    assert kept.min() >= 0.5
    assert kept.max() <= 1


@pytest.mark.parametrize("shape", [(200, 2, 30), (200, 2, 16, 12), (200, 1, 6, 7, 8)])
def test_cutmix_puts_a_box_and_keeps_the_share_of_what_is_left(shape):
    x = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    out, partner, kept = cutmix().mix(x, torch.Generator().manual_seed(0))
    assert sorted(partner.tolist()) == list(range(200))
    other = x[partner]
    assert ((out == x) | (out == other)).all()
    own = (out == x).all(1).flatten(1).float().mean(1)
    moved = partner != torch.arange(200)
    torch.testing.assert_close(own[moved], kept[moved], atol=1e-6, rtol=0)
    assert 0.4 < kept.mean() < 0.95
    assert np.ptp(kept.numpy()) > 0.7


@pytest.mark.parametrize("augmentation", [mixup(), cutmix()])
def test_called_alone_they_give_the_pixels(augmentation):
    assert isinstance(augmentation, Mixes)
    out = augmentation(X, torch.Generator().manual_seed(0))
    assert torch.equal(out, augmentation.mix(X, torch.Generator().manual_seed(0))[0])
