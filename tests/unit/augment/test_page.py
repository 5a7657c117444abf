"""A page of samples before and after: what stands where on it."""

import numpy as np
import pytest
import torch
from PIL import Image

from foveal.augment import AUGMENTATIONS, crop, flip, noise, rotate
from foveal.augment.page import GAP, NEAR, page_of

X = torch.randint(0, 256, (10, 3, 16, 12), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def cell(page, number, height, width, columns, *, after):
    top = GAP + number // columns * (height + GAP)
    left = GAP + number % columns * (2 * width + NEAR + GAP) + after * (width + NEAR)
    return page[top : top + height, left : left + width]


def test_beside_a_window_stands_the_middle():
    page = page_of(X, [crop(to=(16, 8))], columns=4)
    middle = X[3, :, :, 2:10].permute(1, 2, 0).numpy().repeat(4, 0).repeat(4, 1)
    np.testing.assert_array_equal(cell(page, 3, 64, 32, 4, after=False), middle)


def test_each_row_stands_beside_itself_changed():
    page = page_of(X, [lambda x, rng: 255 - x], columns=4)
    assert page.dtype == np.uint8
    assert page.shape == (3 * (64 + GAP) + GAP, 4 * (2 * 48 + NEAR + GAP) + GAP, 3)
    for number in range(10):
        large = X[number].permute(1, 2, 0).numpy().repeat(4, 0).repeat(4, 1)
        np.testing.assert_array_equal(cell(page, number, 64, 48, 4, after=False), large)
        np.testing.assert_array_equal(cell(page, number, 64, 48, 4, after=True), 255 - large)
    assert (page[-60:, -60:] == 255).all()  # no row stands there


def test_the_seed_decides():
    pages = [page_of(X, [flip(), rotate(40), noise()], seed=seed) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(pages[0], pages[1])
    assert (pages[0] != pages[2]).any()


@pytest.mark.parametrize(
    "shape", [(5, 1, 30), (5, 4, 30), (1, 1, 8, 8), (5, 2, 9, 9), (5, 1, 6, 9, 8), (5, 3, 100, 70)]
)
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_rows_of_every_form_make_a_picture(shape, dtype):
    x = torch.randint(0, 256, shape, generator=torch.Generator().manual_seed(0)).to(dtype)
    page = page_of(x, [AUGMENTATIONS["shift"]])
    assert Image.fromarray(page).mode == "RGB"
    assert page.shape[0] < 100
    assert len(np.unique(page)) > 2


def test_floats_are_shown_from_the_least_to_the_largest():
    x = torch.linspace(-3, 5, 64).view(1, 1, 8, 8)
    page = page_of(x, [])
    shown = cell(page, 0, 64, 64, 1, after=False)
    assert shown.min() == 0
    assert shown.max() == 255
    assert page_of(torch.zeros(1, 1, 8, 8), []).shape == page.shape


def test_a_signal_is_a_line_from_left_to_right():
    page = page_of(torch.linspace(0, 1, 50).view(1, 1, 50), [])
    shown = cell(page, 0, 64, 128, 1, after=True)
    line = (shown == [200, 0, 0]).all(-1)
    assert line.any(0).all()
    assert line[-1, 0]
    assert line[0, -1]
