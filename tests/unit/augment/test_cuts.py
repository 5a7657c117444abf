"""Windows of another size than the rows': which sizes they may have, and what else follows them."""

import pytest
import torch

from foveal.augment import crop, resized_crop, together
from foveal.augment.cuts import middle
from foveal.augment.fits import check_fits, cutting_to
from foveal.augment.table import from_text, to_text
from foveal.core.errors import ParameterError, ShapeError
from foveal.core.forms import form_of


def drawn(augmentation, x):
    return augmentation(x, torch.Generator().manual_seed(0))


def test_a_mask_follows_a_window():
    x = torch.arange(64).view(1, 1, 8, 8).repeat(20, 1, 1, 1)
    for cut in (crop(to=5), resized_crop(least=1.0, to=8)):
        moved, mask = together(cut, x.float(), x, torch.Generator().manual_seed(0))
        assert torch.equal(moved.round().long(), mask)


@pytest.mark.parametrize("cut", [crop(to=9), crop(to=(8,)), resized_crop(to=(8, 9))])
def test_rows_smaller_than_the_window_are_refused(cut):
    with pytest.raises(ShapeError, match=r"augment: (resized_)?crop cuts windows of \(.*\) out of rows, got rows of"):
        drawn(cut, torch.zeros(2, 3, 8, 8))
    with pytest.raises(ParameterError, match="to of crop must be None, or a side of at least 1, or a tuple"):
        crop(to=0)


@pytest.mark.parametrize("shape", [(2, 3, 20), (2, 3, 8, 9), (2, 3, 7, 8, 9)])
def test_the_shape_is_said_before(shape):
    x = torch.zeros(shape)
    for cut in (crop(), crop(to=5), resized_crop(), resized_crop(to=5)):
        assert cut.shape_after(shape) == tuple(drawn(cut, x).shape)


def test_a_side_stands_in_text():
    assert from_text("crop(to=6)") == crop(to=6) == from_text(to_text(crop(to=6)))
    assert to_text(resized_crop(0.5, 48)) == "resized_crop(least=0.5, to=48)"
    with pytest.raises(ParameterError, match="has several sizes, which no text holds; leave `to` out"):
        to_text(crop(to=(4, 5)))


def test_the_first_that_cuts_cuts_to_size():
    functions = [print, crop(0.25), resized_crop()]
    assert cutting_to(functions, (4, 5)) == [print, crop(0.25, (4, 5)), resized_crop()]
    assert cutting_to([print], (4, 5)) is None


@pytest.mark.parametrize("cut", [crop(to=6), resized_crop(to=9), crop(to=(8, 8, 8))])
def test_other_rows_than_the_networks_are_refused(cut):
    with pytest.raises(ParameterError, match=r"has to=.*, but the network takes rows of \(8, 8\); leave `to` out"):
        check_fits(cut, form_of((3, 8, 8)))
    check_fits(type(cut)(to=8), form_of((3, 8, 8)))


def test_the_middle_leaves_the_larger_half_at_the_end():
    x = torch.arange(30).view(1, 1, 5, 6)
    assert middle(x, (2, 3))[0, 0].tolist() == [[7, 8, 9], [13, 14, 15]]
    assert torch.equal(middle(x, (5, 6)), x)
