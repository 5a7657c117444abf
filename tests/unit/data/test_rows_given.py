import numpy as np
import pytest
from PIL import Image

from foveal.core.errors import ModelFileError
from foveal.data.images.reading.rule import make_rule
from foveal.data.input_rules import rows_given
from foveal.data.sounds.rule import make_sound_rule
from foveal.data.volumes.rule import make_volume_rule


def test_the_rule_says_whether_files_are_pictures_or_volumes(tmp_path):
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    np.save(tmp_path / "a.npy", np.zeros((2, 3, 4)))
    assert rows_given([tmp_path / "a.png"], make_rule(8)).form[0].shape == (3, 8, 8)
    rule = make_volume_rule(channels=1, size=(2, 3, 4))
    assert rows_given([tmp_path / "a.npy"], rule).form[0].shape == (1, 2, 3, 4)


def test_the_rule_says_that_files_are_sounds():
    rule = make_sound_rule()
    assert rows_given(np.zeros((2, 64, 98, 1), np.float32), rule).form[0].shape == (1, 64, 98)


def test_a_rule_that_is_neither_is_refused():
    for rule in (({"step": "orient", "to": "QQQ"},), ({"step": "sharpen"},)):
        with pytest.raises(ModelFileError):
            rows_given(["a.npy"], rule)
