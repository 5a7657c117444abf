"""Changes of values against Pillow's enhancers and definitions in NumPy; what they mean for floats of any range."""

import colorsys

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance

from foveal.augment import brightness, contrast, gain, grey, hue, saturation
from foveal.augment.colours import _BACK, _I, _Q, LUMA

PIXELS = np.random.default_rng(0).integers(0, 256, (12, 9, 3), dtype=np.uint8)
X = torch.from_numpy(PIXELS).permute(2, 0, 1).expand(30, 3, 12, 9)


def out_of(augmentation, x=X):
    return augmentation(x, torch.Generator().manual_seed(5))


def factors(share):
    return (1 + share * (2 * torch.rand(30, generator=torch.Generator().manual_seed(5)) - 1)).double().numpy()


PILLOWS = {
    brightness(0.6): ImageEnhance.Brightness, contrast(0.6): ImageEnhance.Contrast, saturation(0.6): ImageEnhance.Color,
}  # fmt: skip


@pytest.mark.parametrize("augmentation", PILLOWS)
def test_pixels_are_pillows_to_a_level_or_two(augmentation):
    picture = Image.fromarray(PIXELS)
    for row, factor in zip(out_of(augmentation), factors(0.6), strict=True):
        theirs = np.asarray(PILLOWS[augmentation](picture).enhance(factor)).astype(int)
        assert (
            np.abs(row.permute(1, 2, 0).numpy() - theirs).max() <= 2
        )  # Pillow rounds grey and mean, and cuts the rest


def test_floats_are_the_formula_and_are_not_held_in_a_range():
    x = X.double() / 255
    f = torch.from_numpy(factors(0.6)).view(-1, 1, 1, 1)
    luma = (x * torch.tensor(LUMA).double().view(3, 1, 1)).sum(1, keepdim=True)
    mean = luma.mean((1, 2, 3), keepdim=True)
    for augmentation, expected in (
        (brightness(0.6), x * f), (contrast(0.6), mean + f * (x - mean)), (saturation(0.6), luma + f * (x - luma)),
    ):  # fmt: skip
        torch.testing.assert_close(out_of(augmentation, x), expected, atol=1e-6, rtol=1e-6)
    assert out_of(brightness(0.6), x).max() > 1.2


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_other_channels_have_their_mean_for_grey(channels):
    x = torch.rand(30, channels, 6, 6, dtype=torch.float64)
    mean = x.mean((1, 2, 3), keepdim=True)
    f = torch.from_numpy(factors(0.5)).view(-1, 1, 1, 1)
    torch.testing.assert_close(out_of(contrast(0.5), x), mean + f * (x - mean), atol=1e-6, rtol=1e-6)


def test_standardised_signals_keep_their_mean_0_and_change_in_size():
    x = torch.randn(30, 2, 50, dtype=torch.float64)
    x = x - x.mean(2, keepdim=True)
    torch.testing.assert_close(out_of(brightness(0.5), x).mean(2), torch.zeros(30, 2).double(), atol=1e-9, rtol=0)
    sizes = out_of(gain(0.5), x).std(2) / x.std(2)
    assert (sizes[:, 0] - sizes[:, 1]).abs().max() > 0.3
    assert 0.5 <= sizes.min() <= sizes.max() <= 1.5


def test_hue_turns_i_and_q_and_leaves_y():
    x = torch.rand(30, 3, 5, 5, dtype=torch.float64)
    out = out_of(hue(60), x)
    to_yiq = torch.tensor([LUMA, _I, _Q], dtype=torch.float64)
    before, after = (torch.einsum("ij,njhw->nihw", to_yiq, v) for v in (x, out))
    torch.testing.assert_close(before[:, 0], after[:, 0], atol=1e-5, rtol=0)
    angles = ((factors(1.0) - 1) * 60 * np.pi / 180)[:, None, None]
    was, now = (v[:, 1].numpy() + 1j * v[:, 2].numpy() for v in (before, after))
    np.testing.assert_allclose(now, was * np.exp(1j * angles), atol=1e-5)


def test_hue_goes_the_same_way_for_all_colours_and_spares_greys():
    x = torch.tensor([[0.9, 0.3, 0.3], [0.3, 0.9, 0.3], [0.3, 0.3, 0.9]]).view(3, 3, 1, 1)
    out = hue(25)(x, torch.Generator().manual_seed(1)).view(3, 3)
    turned = [(colorsys.rgb_to_hsv(*new)[0] - colorsys.rgb_to_hsv(*old)[0] + 0.5) % 1 - 0.5
              for new, old in zip(out.clamp(0, 1).tolist(), x.view(3, 3).tolist(), strict=True)]  # fmt: skip
    angles = 2 * torch.rand(3, generator=torch.Generator().manual_seed(1)) - 1
    assert len({sign < 0 for sign in turned * np.sign(angles.numpy())}) == 1
    greys = torch.full((30, 3, 4, 4), 90, dtype=torch.uint8)
    assert torch.equal(out_of(hue(180), greys), greys)


def test_the_way_back_is_the_inverse():
    inverse = np.linalg.inv(np.array([LUMA, _I, _Q]))
    np.testing.assert_allclose(inverse[:, 1:], _BACK, atol=1e-7)
    np.testing.assert_allclose(inverse[:, 0], 1, atol=1e-12)


def test_grey_takes_the_colour_out_of_a_share():
    out = out_of(grey(0.4))
    plain = [bool((row[0] == row[1]).all() and (row[1] == row[2]).all()) for row in out]
    assert 5 < sum(plain) < 19
    theirs = np.asarray(Image.fromarray(PIXELS).convert("L")).astype(int)
    for row, is_grey in zip(out, plain, strict=True):
        if is_grey:
            assert np.abs(row[0].numpy() - theirs).max() <= 1
        else:
            assert torch.equal(row, X[0])
