import json

import numpy as np
import pytest

from foveal.core.errors import ModelFileError, ParameterError
from foveal.data.clips.rule import Windows, check_clip_rule, differences, frame_rule, make_clip_rule, windows_of
from foveal.data.images.reading.rule import make_rule

FRAME = make_rule(16)


def test_a_rule_survives_json():
    rule = make_clip_rule(FRAME, 8, 3, 5, 12.5, difference=True)
    again = check_clip_rule(json.loads(json.dumps(rule)))
    assert (windows_of(again), frame_rule(again)) == (Windows(8, 3, 5, 12.5), tuple(json.loads(json.dumps(FRAME))))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"count": 0}, "numbers in their bounds"),
        ({"count": True}, "numbers in their bounds"),
        ({"count": 10**9}, "numbers in their bounds"),
        ({"every": 1.5}, "numbers in their bounds"),
        ({"stride": -1}, "numbers in their bounds"),
        ({"rate": "fast"}, "numbers in their bounds"),
        ({"rate": 0}, "numbers in their bounds"),
        ({"more": 1}, "numbers in their bounds"),
    ],
)
def test_a_crafted_first_step_is_refused(change, told):
    first, *others = make_clip_rule(FRAME)
    with pytest.raises(ModelFileError, match=told):
        check_clip_rule([{**first, **change}, *others])


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ([*make_clip_rule(FRAME), {"step": "difference", "by": 2}], "cannot take differences"),
        ([*make_clip_rule(FRAME, 1), {"step": "difference"}], "cannot take differences"),
        (make_clip_rule(FRAME)[:1], "must have the steps"),
        ([make_clip_rule(FRAME)[0], *make_rule(16, depth="uint16")], "must be uint8"),
        ([*make_clip_rule(FRAME), {"step": "sharpen"}], "unknown step"),
    ],
)
def test_other_crafted_rules_are_refused(rule, told):
    with pytest.raises(ModelFileError, match=told):
        check_clip_rule(rule)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"clip_frames": 0}, "clip_frames must be an integer from 1 to 1,024, got 0"),
        ({"every": "2"}, "every must be"),
        ({"stride": 0}, "stride must be"),
        ({"rate": -1.0}, "rate must be None or a number above 0"),
        ({"clip_frames": 1, "difference": True}, "must be at least 2"),
    ],
)
def test_wrong_parameters_are_told(given, told):
    with pytest.raises((ParameterError, TypeError), match=told):
        make_clip_rule(FRAME, **given)


def test_frames_of_16_bits_are_refused():
    with pytest.raises(ParameterError, match="8 bits"):
        make_clip_rule(make_rule(16, depth="uint16"))


def test_differences_are_those_of_the_formula():
    clips = np.random.default_rng(0).integers(0, 256, (2, 5, 3, 4, 3), dtype=np.uint8)
    wide = clips.astype(int)
    assert np.array_equal(differences(clips), (wide[:, 1:] - wide[:, :-1] + 255) // 2)
