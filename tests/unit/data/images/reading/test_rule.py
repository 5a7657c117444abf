import json

import numpy as np
import pytest

from foveal.core.errors import ModelFileError, ParameterError, ParameterTypeError
from foveal.data.images.reading.rule import check_rule, dtype_of, grey, make_rule, shape_of, step_of, stored_by


def test_the_whole_rule_is_as_the_documentation_shows_it():
    assert make_rule((48, 64)) == (
        {"step": "orient"},
        {"step": "flatten", "background": [255, 255, 255]},
        {"step": "colour", "to": "RGB"},
        {"step": "depth", "to": "uint8"},
        {"step": "resize", "how": "pad", "size": [48, 64], "fill": [255, 255, 255]},
    )
    assert make_rule(32, colour="as_is", channels=6, depth="uint16", resize="crop") == (
        {"step": "orient"},
        {"step": "colour", "to": "as_is", "channels": 6},
        {"step": "depth", "to": "uint16"},
        {"step": "resize", "how": "crop", "size": [32, 32]},
    )


def test_a_larger_store_is_resized_to_and_the_middle_is_the_last_step():
    rule = make_rule((48, 64), store_size=72)
    assert rule[:-1] == make_rule(72) == stored_by(rule)
    assert rule[-1] == {"step": "crop", "size": [48, 64]}
    assert (shape_of(rule), shape_of(stored_by(rule))) == ((48, 64, 3), (72, 72, 3))
    assert check_rule(tuple(json.loads(json.dumps(rule)))) == rule
    assert make_rule(72, store_size=(72, 72)) == make_rule(72)


@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("colour", ["RGB", "L", "RGBA", "LA", "as_is"])
@pytest.mark.parametrize("resize", ["pad", "squash", "crop"])
def test_every_rule_survives_json_and_its_check(depth, colour, resize):
    rule = make_rule((3, 5), colour=colour, depth=depth, resize=resize, background=(1, 2, 3), channels=7)
    assert check_rule(tuple(json.loads(json.dumps(rule)))) == rule
    assert shape_of(rule) == (3, 5, {"RGB": 3, "L": 1, "RGBA": 4, "LA": 2, "as_is": 7}[colour])
    assert dtype_of(rule) == np.dtype(depth)
    assert ("fill" in step_of(rule, "resize")) == (resize == "pad")


@pytest.mark.parametrize(
    ("given", "fill"),
    [
        ({"background": "black"}, [0, 0, 0]),
        ({"background": (10, 20, 30), "colour": "RGBA"}, [10, 20, 30, 0]),
        ({"background": (10, 20, 30), "colour": "L"}, [grey(10, 20, 30)]),
        ({"background": "grey", "colour": "LA", "depth": "uint16"}, [128 * 257, 0]),
        ({"colour": "as_is", "channels": 2}, [0, 0]),
        ({"depth": "float32"}, [0, 0, 0]),
    ],
)
def test_what_stands_beside_a_padded_picture(given, fill):
    assert step_of(make_rule(8, **given), "resize")["fill"] == fill


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"size": 0}, r"size must be a side of 1 to 8192 pixels, or \(height, width\) of such, got 0"),
        ({"size": (8, 9, 10)}, "size must be a side"),
        ({"size": True}, "size must be a side"),
        ({"resize": "fit"}, "resize must be one of 'pad', 'squash', 'crop', got 'fit'"),
        ({"colour": "rgb"}, "did you mean 'RGB'"),
        ({"background": "withe"}, "did you mean 'white'"),
        ({"background": (0, 0, 256)}, "three integers from 0 to 255"),
        ({"depth": "float16"}, "depth must be one of"),
        ({"store_size": 0}, r"store_size must be a side of 1 to 8192 pixels"),
        (
            {"store_size": (9, 7)},
            r"store_size must be at least size=8 along both axes, got \(9, 7\); pass a larger one, or leave it out",
        ),
        ({"colour": "as_is"}, "channels must be an integer from 1 to 4096, got None"),
    ],
)
def test_a_wrong_parameter_is_named(given, said):
    with pytest.raises((ParameterError, ParameterTypeError), match=said):
        make_rule(**{"size": 8, **given})


GOOD = make_rule(8)


def changed(place, **keys):
    return tuple({**step, **keys} if at == place else step for at, step in enumerate(GOOD))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ((), r"must have the steps \['orient', 'colour', 'depth', 'resize'\], got \[\]"),
        (GOOD[1:], "must have the steps"),
        ((*GOOD[:3], GOOD[4], GOOD[3]), "must have the steps"),
        ((GOOD[0], *GOOD), "must have the steps"),
        (("orient", *GOOD[1:]), "unknown step 'orient'"),
        (({"step": ["orient"]}, *GOOD[1:]), "unknown step"),
        (changed(0, turn=90), r"step must have \['step'\], got"),
        (changed(1, background=[0, 0]), "impossible background"),
        (changed(1, background=[0, 0, 0.5]), "impossible background"),
        (changed(2, to="CMYK"), "impossible to"),
        (changed(2, to="as_is"), "must have"),
        (changed(2, channels=3), "must have"),
        (changed(3, to="int8"), "impossible to"),
        (changed(4, size=[8, 100_000]), "impossible size"),
        (changed(4, size=8), "impossible size"),
        (changed(4, how="crop"), "must have"),
        (changed(4, fill=[0]), "fill must have a value a channel"),
        (changed(4, fill=[0, 0, 256]), "fill must be integers of uint8"),
        (changed(4, fill=[0, 0, float("nan")]), "impossible fill"),
        ((*GOOD, {"step": "crop"}), r"step must have \['size', 'step'\], got"),
        ((*GOOD, {"step": "crop", "size": 4}), "impossible size"),
        ((*GOOD, {"step": "crop", "size": [4, 0]}), "impossible size"),
        ((*GOOD, {"step": "crop", "size": [4, 4], "top": 0}), "step must have"),
        (
            (*GOOD, {"step": "crop", "size": [9, 8]}),
            r"crop must be of the resized picture's size at most, got \[9",
        ),
        ((*GOOD, {"step": "crop", "size": [4, 4]}, {"step": "crop", "size": [4, 4]}), "must have the steps"),
        ((*GOOD[:4], {"step": "crop", "size": [4, 4]}, GOOD[4]), "must have the steps"),
    ],
)
def test_a_rule_out_of_a_file_that_is_none_is_refused(rule, said):
    with pytest.raises(ModelFileError, match=said) as refused:
        check_rule(rule)
    assert "pip install -U foveal" in str(refused.value)
