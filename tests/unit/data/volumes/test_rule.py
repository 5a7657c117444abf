import pytest

from foveal.core.errors import ModelFileError, ParameterError
from foveal.data.images.reading.rule import make_rule
from foveal.data.volumes.rule import check_volume_rule, is_volume_rule, make_volume_rule, volume_shape

RULE = make_volume_rule(channels=2, size=(4, 5, 6), spacing=(1, 1, 2), window=(40, 400))


def test_a_rule_is_json_and_keeps_its_form():
    import json

    read = json.loads(json.dumps(RULE))
    assert check_volume_rule(read) == tuple(read) == RULE
    assert volume_shape(RULE) == (4, 5, 6, 2)
    for more in ({"intensity": "percentiles"}, {"orient": "as_stored"}, {"size": (3, 4)}):
        check_volume_rule(make_volume_rule(channels=1, **more))


def test_the_two_kinds_of_rules_are_told_apart():
    assert is_volume_rule(RULE)
    for other in (make_rule(8), (), None, ({"step": "orient"},), "orient"):
        assert not is_volume_rule(other)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"orient": "RAX"}, "orient must be 'as_stored' or three letters"),
        ({"spacing": (1, 2, 0)}, "spacing must be None or three distances in mm"),
        ({"spacing": 1.0}, "spacing must be"),
        ({"window": (40, 0.5)}, "a width of at least 1"),
        ({"window": (float("nan"), 100)}, "window must be"),
        ({"intensity": "percentile"}, "did you mean 'percentiles'"),
        ({"intensity": "percentiles", "window": (1, 2)}, "exclude each other"),
        ({"size": (8, 8, 0)}, "three sides of 1 to 4096 voxels"),
        ({"size": (8, 8), "spacing": (1, 1, 1)}, "as many axes"),
    ],
)
def test_a_parameter_that_is_wrong_is_named(wrong, words):
    with pytest.raises(ParameterError, match=words):
        make_volume_rule(channels=1, **wrong)


def crafted():
    good = [dict(step) for step in RULE]
    for place, step in [
        (0, {"step": "orient", "to": "RRR"}), (0, {"step": "orient", "to": 5}), (0, {"step": "orient"}),
        (1, {"step": "spacing", "mm": [1, 1, float("nan")]}), (1, {"step": "spacing", "mm": [1, 1]}),
        (1, {"step": "spacing", "mm": [True, 1, 1]}), (1, "spacing"), (2, {"step": "window", "centre": 1, "width": 0}),
        (2, {"step": "window", "centre": 1e99, "width": 5}), (2, {"step": "intensity", "how": "exec"}),
        (2, {"step": "intensity", "how": "percentiles", "low": 60, "high": 99}), (2, {"step": "intensity"}),
        (3, {"step": "size", "to": [4, 5, 6], "channels": 0, "fill": 0}),
        (3, {"step": "size", "to": [4, 5, 60_000], "channels": 1, "fill": 0}),
        (3, {"step": "size", "to": [4, 5, 6], "channels": 1, "fill": "x"}),
        (3, {"step": "size", "to": [4, 5, 6], "channels": 1, "fill": 0, "more": 1}), (3, None),
    ]:  # fmt: skip
        yield [*good[:place], step, *good[place + 1 :]]
    yield from ([], good[:3], [*good, good[0]], None, 7, {"step": "orient"}, good[::-1])


@pytest.mark.parametrize("rule", list(crafted()))
def test_crafted_rules_are_refused(rule):
    with pytest.raises(ModelFileError, match="input rule of volumes"):
        check_volume_rule(rule)
