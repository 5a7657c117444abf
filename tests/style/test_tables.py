"""A name that a choice may have, and the table that gives it a meaning, are the same list."""

from collections import Counter

import pytest

from foveal.augment import AUGMENTATIONS
from foveal.core import choices
from foveal.core.device import DTYPES
from foveal.data.layout import infer_layout
from foveal.explain.methods import METHODS
from foveal.fitted.views import _VIEWS
from foveal.layers import ACTIVATIONS, INITIALIZERS
from foveal.layers.conv_block import POOL
from foveal.models import MODELS
from foveal.tasks.fits import WAYS
from foveal.tasks.measures import of_classes, of_labels, of_values
from foveal.tasks.table import KINDS
from foveal.train.losses import LOSSES, SMOOTHED
from foveal.train.mask_losses import PARTS
from foveal.train.mask_metrics import SCORES
from foveal.train.optim.table import OPTIMIZERS
from foveal.train.point_metrics import SCORES as POINT_SCORES
from foveal.train.schedule import SCHEDULES, resolve_schedule

PAIRS = {
    "ACTIVATIONS": (choices.ACTIVATIONS, ACTIVATIONS),
    "INITIALIZERS": (choices.INITIALIZERS, INITIALIZERS),
    "OPTIMIZERS": (choices.OPTIMIZERS, OPTIMIZERS),
    "LOSSES": (choices.LOSSES, LOSSES),
    "AUGMENTATIONS": (choices.AUGMENTATIONS, AUGMENTATIONS),
    "VIEWS": (choices.VIEWS, _VIEWS),
    "NETS": (choices.NETS, MODELS),
    "POOL_MODES": (choices.POOL_MODES, POOL),
    "PRECISIONS": (choices.PRECISIONS, {"auto": None, **DTYPES}),
    "TASKS": (
        choices.TASKS,
        [name for name, kind in KINDS.items() if not kind.gives_texts],
    ),  # Translator names its own
    "EXPLANATIONS": (choices.EXPLANATIONS, METHODS),
}


@pytest.mark.parametrize("name", PAIRS)
def test_choices_are_the_keys_of_their_table(name: str):
    names, table = PAIRS[name]
    assert set(names) == set(table)


@pytest.mark.parametrize("name", [n for n in vars(choices) if n.isupper()])
def test_no_choice_stands_twice(name: str):
    assert not [word for word, n in Counter(getattr(choices, name)).items() if n > 1]


def test_every_schedule_but_auto_has_a_meaning():
    assert set(choices.SCHEDULES) - {"auto"} <= set(SCHEDULES)
    for stopping in (False, True):
        assert resolve_schedule("auto", early_stopping=stopping) in SCHEDULES


def test_every_loss_belongs_to_a_kind_of_problem_and_has_a_way_out():
    assert {name for kind in KINDS.values() for name in kind.losses} == {*LOSSES, *choices.MASK_LOSSES} == set(WAYS)
    assert {part for loss in choices.MASK_LOSSES for part in loss.split("+")} == set(PARTS)
    assert set(SMOOTHED) <= set(LOSSES)


def test_every_monitor_but_auto_and_the_loss_is_a_measure_of_a_kind_of_problem():
    measures = (*of_classes(probabilities=True), *of_labels(), *of_values([1.0]))
    assert {"auto", "loss", *SCORES, *POINT_SCORES, *(measure.name for measure in measures)} == set(choices.MONITORS)


@pytest.mark.parametrize("layout", choices.LAYOUTS)
def test_every_layout_starts_with_rows_and_names_each_axis_once(layout: str):
    assert layout[0] == "N"
    assert len(set(layout)) == len(layout)
    assert infer_layout((2,) * len(layout), layout) == layout
