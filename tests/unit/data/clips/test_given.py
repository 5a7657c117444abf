import numpy as np
import pytest

from foveal import CNNClassifier, load, open_clips
from foveal.core.errors import DataError, DataTypeError, ModelFileError, ShapeError
from foveal.data.clips.given import clips_given

from .made import film, scene

SMALL = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8), "n_epochs": 1}


@pytest.fixture
def folder(tmp_path):
    for name, step in (("right", 1), ("left", -1)):
        for number in range(3):
            film(tmp_path / name / f"{number}.mp4", scene(40, seed=7 * number)[::step])
    return tmp_path


@pytest.mark.parametrize("difference", [False, True])
def test_a_file_is_predicted_as_its_arrays_are(folder, tmp_path, difference):
    clips = open_clips(folder, clip_frames=6, every=2, stride=5, size=16, difference=difference)
    model = CNNClassifier(random_state=0, **SMALL).fit(clips, clips.y)
    model.save(tmp_path / "m.safetensors")
    again = load(tmp_path / "m.safetensors")
    file = folder / "left" / "1.mp4"
    of_file = again.predict_proba(str(file))
    rows = clips.files == "left/1.mp4"
    assert rows.sum() == 6
    assert (of_file == model.predict_proba(clips[rows])).all()
    assert (of_file == again.predict_proba(open_clips([file], y=["left"], input_rule=clips.input_rule))).all()
    assert (again.predict_proba([file, file])[6:] == of_file).all()
    assert len(again.predict(folder)) == len(clips)


def test_a_model_whose_rule_is_crafted_is_refused(folder, tmp_path):
    clips = open_clips(folder, clip_frames=6, size=16)
    model = CNNClassifier(random_state=0, **SMALL).fit(clips, clips.y)
    path = tmp_path / "m.safetensors"
    model.save(path)
    content = path.read_bytes()
    assert content.count(b'\\"every\\": 2') == 1
    path.write_bytes(content.replace(b'\\"every\\": 2', b'\\"every\\": 0'))
    with pytest.raises(ModelFileError, match="numbers in their bounds"):
        load(path)


def test_what_is_no_clip_is_told(folder):
    rule = open_clips(folder, clip_frames=6, size=16).input_rule
    for given, error, told in (
        (np.zeros((2, 6, 16, 16), np.uint8), ShapeError, r"X must hold clips, \(N, 6, 16, 16, 3\) of uint8, got"),
        (np.zeros((2, 6, 16, 16, 3), np.float32), ShapeError, "of float32"),
        ([], DataError, "holds no video"),
        (3, DataTypeError, "must be videos, a folder or an array"),
        (folder / "none.mp4", DataError, "there is no such folder or file"),
    ):
        with pytest.raises(error, match=told):
            clips_given(given, rule)
