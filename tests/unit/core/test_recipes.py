"""Recipes hold what the parameter table allows."""

import pytest

from foveal.core.parameters import PARAMETERS, check_parameters
from foveal.core.recipes import RECIPES, recipe_values


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_names_known_parameters_with_values_that_their_rules_allow(name):
    assert RECIPES[name]
    check_parameters(RECIPES[name])


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_leaves_data_and_machine_to_the_user(name):
    assert {PARAMETERS[p].group for p in RECIPES[name]} <= {"network", "training"}
    assert not {"loss", "task"} & RECIPES[name].keys()
    assert RECIPES[name].get("net") in (None, "auto")


def test_a_recipe_is_not_changed_through_what_was_taken_from_it():
    taken = recipe_values("fast")
    taken["optimizer"] = "sgd"
    assert recipe_values("fast")["optimizer"] != "sgd"
