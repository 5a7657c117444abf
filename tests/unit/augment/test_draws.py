"""Draws for each row, and dtypes there and back."""

import numpy as np
import pytest
import torch

from foveal.augment import rotate, shift
from foveal.augment.draws import as_before, drawn, for_rows, real
from foveal.core.errors import ParameterError


def test_draws_lie_between_the_bounds():
    numbers = drawn(torch.zeros(1000, 1), torch.Generator().manual_seed(0), -2, 3)
    assert numbers.shape == (1000,)
    assert -2 <= numbers.min() < -1.9
    assert 2.9 < numbers.max() < 3


def test_numbers_are_laid_out_for_rows_and_channels():
    x = torch.zeros(2, 3, 4, 5)
    assert for_rows(torch.zeros(2), x).shape == (2, 1, 1, 1)
    assert for_rows(torch.zeros(2, 3), x).shape == (2, 3, 1, 1)


def test_dtypes_there_and_back():
    assert real(torch.zeros(1, dtype=torch.float64)).dtype == torch.float64
    assert real(torch.zeros(1, dtype=torch.uint8)).dtype == torch.float32
    out = torch.tensor([-7.0, 0.5, 1.5, 254.7, 999.0])
    assert as_before(out, torch.zeros(1, dtype=torch.uint8)).tolist() == [0, 0, 2, 255, 255]
    assert as_before(out, torch.zeros(1, dtype=torch.int64)).tolist() == [-7, 0, 2, 255, 999]
    assert as_before(out, torch.zeros(1)).tolist() == out.tolist()


def test_numbers_of_numpy_become_pythons():
    assert type(rotate(np.float32(15)).degrees) is float
    assert rotate(np.int64(15)) == rotate(15.0)


@pytest.mark.parametrize("wrong", [-1, "a", None, float("nan"), 2, True])
def test_a_number_that_breaks_its_rule_is_named(wrong):
    with pytest.raises(ParameterError, match="share of shift must be a number of at least 0 and at most 1, got"):
        shift(wrong)
