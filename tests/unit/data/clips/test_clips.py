import pickle

import numpy as np
import pytest

from foveal import open_clips
from foveal.core.errors import DataError
from foveal.data.source import is_source

from .made import film, scene


@pytest.fixture
def clips(tmp_path):
    for number in range(3):
        film(tmp_path / f"{number}.mp4", scene(30, seed=9 * number))
    paths = [tmp_path / f"{number}.mp4" for number in range(3)]
    return open_clips(paths, y=["a", "b", "a"], clip_frames=5, every=2, stride=4, size=12)


def test_they_are_a_source_and_like_an_array(clips):
    assert is_source(clips)
    whole = np.asarray(clips)
    assert whole.shape == clips.shape == (18, 5, 12, 12, 3)
    assert (clips[3] == whole[3]).all()
    assert (clips[2:9:3] == whole[2:9:3]).all()
    assert (clips[clips.y == "b"] == whole[clips.y == "b"]).all()


def test_chosen_rows_keep_what_is_known(clips):
    some = clips.chosen(np.array([7, 0]))
    assert (some[:] == clips[[7, 0]]).all()
    assert some.files.tolist() == [clips.files[7], clips.files[0]]
    assert some.y.tolist() == ["b", "a"]
    assert some.about["rows"] == 18


def test_statistics_are_those_of_the_pixels(clips):
    rows = np.array([0, 5, 6, 17])
    found, pixels = clips.statistics(rows, np.float64), clips[rows].reshape(-1, 3) / 255
    assert np.allclose(found.mean, pixels.mean(axis=0))
    assert np.allclose(found.deviation, pixels.std(axis=0))


def test_digests_tell_rules_and_rows_apart(clips):
    assert clips.digest() != clips.chosen(np.arange(17)).digest()
    assert clips.digest() == clips.chosen(np.arange(18)).digest()


def test_they_go_to_another_process(clips):
    assert (pickle.loads(pickle.dumps(clips))[:] == clips[:]).all()


def test_labels_that_are_not_there_are_told(clips, tmp_path):
    from foveal.data.clips.given import clips_to_predict

    with pytest.raises(DataError, match="these clips have no labels"):
        clips_to_predict(tmp_path / "0.mp4", clips.input_rule).labels()
