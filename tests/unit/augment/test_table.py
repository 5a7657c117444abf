"""Augmentations by name and as text, and what all of them keep: shape, dtype, seed, and the rows they are given."""

import pickle

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from foveal.augment.fits import check_fits
from foveal.augment.table import AUGMENTATIONS, CLASSES, from_text, is_ours, to_text
from foveal.core.errors import ParameterError
from foveal.core.forms import form_of

SHAPES = [(6, 1, 20), (6, 3, 16, 12), (6, 3, 9, 8, 10), (3, 1, 1, 1), (1, 3, 5, 7)]
#: Numbers with which nothing changes.
STILL = {
    "shift": "share=0", "crop": "share=0", "resized_crop": "least=1", "rotate": "degrees=0", "scale": "share=0",
    "shear": "degrees=0", "warp": "share=0", "brightness": "share=0", "contrast": "share=0", "gain": "share=0",
    "saturation": "share=0", "hue": "degrees=0", "grey": "share=0", "blur": "sigma=0", "noise": "share=0",
    "cutout": "share=0", "erase": "most=0",
}  # fmt: skip
WITHOUT_STRENGTH = {"flip", "vertical_flip", "trivial_augment", "mixup", "cutmix"}


def drawn(augmentation, x, seed=0):
    return augmentation(x, torch.Generator().manual_seed(seed))


def fitting(shape):
    """List the names that have a meaning for rows of a shape."""
    names = []
    for name, augmentation in AUGMENTATIONS.items():
        try:
            check_fits(augmentation, form_of(shape))
        except ParameterError:
            continue
        names.append(name)
    return names


def pixels(shape, dtype):
    return torch.randint(0, 255, shape, generator=torch.Generator().manual_seed(1)).to(dtype)


CASES = [(name, shape) for shape in SHAPES for name in fitting(shape[1:])]


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.float64, torch.int64])
@pytest.mark.parametrize(("name", "shape"), CASES)
def test_shape_and_dtype_stay_and_the_seed_decides(name, shape, dtype):
    x = pixels(shape, dtype)
    kept = x.clone()
    first = drawn(AUGMENTATIONS[name], x)
    assert first.shape == x.shape
    assert first.dtype == x.dtype
    assert torch.equal(x, kept)
    assert torch.equal(first, drawn(AUGMENTATIONS[name], x))
    if x[0].numel() > 30 and len(x) > 1:
        assert not all(torch.equal(first, drawn(AUGMENTATIONS[name], x, seed)) for seed in range(1, 9))


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_a_batch_in_channels_last_memory_changes_alike(name, shape):
    x = pixels(shape, torch.uint8)
    laid = x.movedim(1, -1).contiguous().movedim(-1, 1)
    assert torch.equal(drawn(AUGMENTATIONS[name], x), drawn(AUGMENTATIONS[name], laid))


@pytest.mark.parametrize(("name", "shape"), [case for case in CASES if case[0] in STILL])
def test_of_strength_0_nothing_changes(name, shape):
    still = from_text(f"{name}({STILL[name]})")
    x = pixels(shape, torch.uint8)
    assert torch.equal(drawn(still, x), x)
    torch.testing.assert_close(drawn(still, x.double()), x.double(), rtol=0, atol=1e-3)


def test_every_augmentation_has_a_strength_at_which_nothing_changes_or_none():
    assert set(STILL) | WITHOUT_STRENGTH == set(AUGMENTATIONS)


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_nothing_is_read_back_and_no_shape_depends_on_values(name, shape):
    """A fake tensor has no values: whatever asks for one, or for a shape that hangs on one, raises."""
    mode = FakeTensorMode()
    x = mode.from_tensor(pixels(shape, torch.uint8))
    with mode:
        out = AUGMENTATIONS[name](x, torch.Generator())
    assert out.shape == x.shape


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_values_that_can_be_compared_pickled_and_written(name):
    augmentation = AUGMENTATIONS[name]
    assert CLASSES[name]() == augmentation
    assert hash(CLASSES[name]()) == hash(augmentation)
    assert pickle.loads(pickle.dumps(augmentation)) == augmentation
    assert to_text(augmentation) == name
    assert from_text(name) == augmentation
    assert is_ours(augmentation)
    if name in STILL:
        still = from_text(f"{name}({STILL[name]})")
        assert to_text(still) == f"{name}({STILL[name]})"
        assert still != augmentation


def test_numbers_by_place_and_by_name_are_the_same():
    assert from_text("rotate(15)") == from_text("rotate( degrees = 15.0 )") == CLASSES["rotate"](15)
    assert to_text(from_text("shift(.25)")) == "shift(share=0.25)"
    assert from_text("flip(axis=-2)") == CLASSES["flip"](-2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rotat", "augment knows no 'rotat'; did you mean 'rotate'"),
        ("rotate(angle=3)", "has angle, but rotate takes degrees"),
        ("rotate(1, 2)", "has 2 numbers, but rotate takes degrees"),
        ("rotate(1, degrees=2)", "has degrees, twice"),
        ("rotate(-1)", "degrees of rotate must be a number of at least 0 and at most 180, got -1"),
        ("trivial_augment(1)", "takes none"),
        ("rotate(__import__)", "augment knows no"),
        ("flip(axis=0)", "axis of flip must be -1, -2 or -3"),
    ],
)
def test_what_no_augmentation_is_called_is_refused(text, words):
    with pytest.raises(ParameterError) as error:
        from_text(text)
    assert words in str(error.value)
