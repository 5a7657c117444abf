"""What n_epochs="auto" comes to."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.core.epochs import AUTO_EPOCHS, AUTO_STEPS, resolve_epochs
from foveal.core.parameters import PARAMETERS


@given(st.integers(1, 10**7))
def test_auto_is_the_fewest_epochs_that_make_the_updates_within_its_bounds(steps):
    assert resolve_epochs("auto", steps) == max(5, math.ceil(600 / steps))


@pytest.mark.parametrize(("steps", "epochs"), [(1, 600), (2, 300), (16, 38), (119, 6), (120, 5), (149, 5), (10**6, 5)])
def test_auto_at_its_bounds(steps, epochs):
    assert resolve_epochs("auto", steps) == epochs


@pytest.mark.parametrize("n", [1, 4, 101, 10**400])
def test_a_number_stays_what_it_is(n):
    assert resolve_epochs(n, 7) == n


def test_help_names_the_numbers():
    for number in (AUTO_STEPS, *AUTO_EPOCHS):
        assert f"{number:,}" in PARAMETERS["n_epochs"].help
