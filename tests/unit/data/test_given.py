import numpy as np

from foveal.data.given import rows_given
from foveal.data.images.reading.rule import make_rule
from foveal.data.sounds.rule import make_sound_rule, shape_of


def test_the_first_step_of_a_rule_says_of_what_it_is():
    sound = make_sound_rule()
    assert rows_given(np.zeros((2, *shape_of(sound)), np.float32), sound).form[0].shape == (1, 64, 98)
    assert rows_given(np.zeros((2, 8, 8, 3), np.uint8), make_rule(8)).form[0].shape == (3, 8, 8)
