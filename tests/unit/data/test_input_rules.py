import pytest

from foveal.core.errors import ModelFileError
from foveal.data.clips.rule import make_clip_rule
from foveal.data.images.reading.rule import make_rule
from foveal.data.input_rules import check_input_rule
from foveal.data.sounds.rule import make_sound_rule


def test_pictures_clips_and_arrays_have_their_rules():
    for rule in ((), make_rule(8), make_clip_rule(make_rule(8), difference=True), make_sound_rule()):
        assert check_input_rule(list(rule)) == rule


def test_a_rule_of_neither_is_refused():
    for rule in ([{"step": "frames"}], [{"step": "orient"}], ["frames"], [3], [{"step": "sound", "rate": 0}]):
        with pytest.raises(ModelFileError, match="input rule"):
            check_input_rule(rule)
