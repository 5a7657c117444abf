import inspect

import numpy as np
import pytest

import foveal
from foveal.core.errors import DataError, ParameterError
from foveal.data.file_sets import dataset_of_files
from foveal.data.file_sorts import OWN
from foveal.data.images.progress import SILENT, Progress
from foveal.data.sounds.rule import make_sound_rule

from .sounds.wavs import tone, wav
from .volumes.made import nifti

OPENERS = {"videos": foveal.open_clips, "volumes": foveal.open_volumes, "sounds": foveal.open_sounds}


@pytest.mark.parametrize("sort", OWN)
def test_settings_are_parameters_of_what_opens_the_files(sort):
    assert set(OWN[sort]) <= set(inspect.signature(OPENERS[sort]).parameters)


def scans(root):
    for name, value in (("thick", 9), ("thin", 1)):
        for n in range(2):
            nifti(root / name / f"{n}.nii.gz", np.full((3, 4, 5), value + n, np.int16))
    return str(root)


def test_volumes_of_class_folders(tmp_path):
    said = []
    data = dataset_of_files(scans(tmp_path / "s"), "volumes", {}, Progress(said.append, lambda *values: None))
    assert (data.name, data.X_train.shape, data.y_train.tolist()) == (
        "s",
        (4, 3, 4, 5, 1),
        ["thick"] * 2 + ["thin"] * 2,
    )
    assert said[0].endswith(": volumes; --read orient=, spacing=, window=, intensity= ... say how they are read")
    assert "4 volumes of 2 classes" in said[1]


def test_sounds_of_parts(tmp_path):
    for part in ("train", "test"):
        for pitch in (300, 900):
            path = tmp_path / part / str(pitch) / "1.wav"
            path.parent.mkdir(parents=True)
            path.write_bytes(wav(tone(pitch)))
    reading = {"rate": 8000, "seconds": 0.5, "mels": 16}
    data = dataset_of_files(str(tmp_path), "sounds", reading, SILENT)
    assert (len(data.X_train), len(data.X_test), data.y_test.tolist()) == (2, 2, ["300", "900"])
    assert data.X_train.input_rule[0]["rate"] == 8000


def test_a_rule_is_kept_to(tmp_path):
    rule = make_sound_rule(rate=8000)
    with pytest.raises(DataError, match=r"s holds volumes, and the model has learnt from sounds; give sounds"):
        dataset_of_files(scans(tmp_path / "s"), "volumes", {"input_rule": rule}, SILENT)


@pytest.mark.parametrize(
    ("sort", "reading", "message"),
    [
        (
            "pictures",
            {"clip_frames": 8},
            "clip_frames= says how videos are read, and x is read as pictures; leave it out",
        ),
        ("volumes", {"colour": "L"}, "colour= says how pictures are read, and x holds volumes; leave it out"),
        ("sounds", {"spacing": (1, 1, 1)}, "spacing= says how volumes are read, and x holds sounds; leave it out"),
    ],
)
def test_settings_of_another_sort_are_refused(sort, reading, message):
    with pytest.raises(ParameterError) as error:
        dataset_of_files("x", sort, reading, SILENT)
    assert str(error.value) == message
