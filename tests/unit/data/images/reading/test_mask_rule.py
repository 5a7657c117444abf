import json

import pytest

from foveal.core.errors import ModelFileError
from foveal.data.images.reading.label_colours import read_colours
from foveal.data.images.reading.mask_rule import check_labels_step, labels_step, mask_rule, table_in, without_labels
from foveal.data.images.reading.rule import check_rule, dtype_of, make_rule, shape_of, stored_by

STEP = labels_step(read_colours({"sky": (0, 0, 255)}), [(0, 0), (9, 1)], 255)


def test_a_step_survives_a_file():
    assert check_labels_step(json.loads(json.dumps(STEP))) == STEP
    assert table_in(STEP) == read_colours({"sky": (0, 0, 255)})


@pytest.mark.parametrize(
    "change",
    [{"ignored": -1}, {"ignored": "x"}, {"numbers": [[0]]}, {"numbers": [[0, 70000]]}, {"colours": [[0, 1, 2, 3, 4]]},
     {"colours": [[0, "a", 2, 3, 400]]}, {"more": 1}, {"step": "orient"}, {"numbers": {}}, {"numbers": [[True, 0]]}],
)  # fmt: skip
def test_crafted_steps_are_refused(change):
    with pytest.raises(ModelFileError, match="the mask rule must say what labels stand for"):
        check_labels_step(STEP | change)


def test_the_rule_is_that_of_the_stored_picture():
    rule = make_rule((8, 6), store_size=(12, 10), resize="crop")
    of_masks = mask_rule(rule, STEP, depth="uint16")
    assert shape_of(of_masks) == (*shape_of(stored_by(rule))[:2], 1)
    assert (dtype_of(of_masks), of_masks[-1]["how"]) == ("uint16", "crop")
    assert check_rule(without_labels(of_masks))
    padded = make_rule(8)
    assert mask_rule(padded, STEP | {"ignored": 7})[-1]["fill"] == [7]
    assert mask_rule(padded, labels_step(), depth="uint16")[-1]["fill"] == [65535]


def test_rules_that_leave_sizes_are_for_those_who_ask():
    own = tuple({**step, "how": "own"} if step["step"] == "resize" else step for step in make_rule(8, resize="squash"))
    assert check_rule(own, own=True) == own
    with pytest.raises(ModelFileError, match="leaves pictures their sizes"):
        check_rule(own)
