import numpy as np
import pytest

import foveal
from foveal.core.errors import DataError, ModelFileError, ShapeError
from foveal.data.sounds.load import open_sounds

from .wavs import tone, wav

HOW = {"rate": 8000, "seconds": 0.4, "window": 256, "hop": 128, "mels": 16}


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for name, pitch in (("high", 2000), ("low", 300)):
        (tmp_path / name).mkdir()
        for number in range(12):
            x = tone(pitch * rng.uniform(0.9, 1.1), phase=rng.uniform(0, 6)) + 0.05 * rng.normal(size=4000)
            (tmp_path / name / f"{number:02d}.wav").write_bytes(wav(x))
    return tmp_path


def test_rows_labels_and_what_is_known_of_them(folder):
    sounds = open_sounds(folder, **HOW)
    assert sounds.shape == (24, 16, 24, 1)
    assert (sounds.class_names, sounds.y[0], sounds.files[0]) == (("high", "low"), "high", "high/00.wav")
    assert sounds.about["rows"] == 24
    again = open_sounds(folder, input_rule=sounds.input_rule)
    np.testing.assert_array_equal(again[:], sounds[:])


def test_a_model_of_sounds_answers_files_as_it_answers_their_spectrograms(folder, tmp_path):
    sounds = open_sounds(folder, **HOW)
    model = foveal.CNNClassifier(n_epochs=6, learning_rate=0.01, batch_size=8, random_state=0).fit(sounds, sounds.y)
    model.save(tmp_path / "m")
    again = foveal.load(tmp_path / "m")
    expected = model.predict_proba(sounds)
    one = folder / "low" / "03.wav"
    np.testing.assert_allclose(again.predict_proba(str(one)), expected[[15]], atol=1e-6)
    np.testing.assert_allclose(again.predict_proba(one.read_bytes()), expected[[15]], atol=1e-6)
    np.testing.assert_allclose(again.predict_proba(folder), expected, atol=1e-6)
    np.testing.assert_allclose(again.predict_proba(sounds[:]), expected, atol=1e-6)
    assert again.score(sounds, sounds.y) > 0.9
    with pytest.raises(DataError, match=r"none\.wav cannot be read"):
        again.predict([str(one), str(folder / "none.wav")])
    with pytest.raises(DataError, match="sound 0 is no WAV file; mend it, or leave it out"):
        again.predict(b"text that is no sound")
    with pytest.raises(ShapeError, match=r"X must hold spectrograms, \(N, 16, 24, 1\), or files, got shape \(1, 8\)"):
        again.predict(np.zeros((1, 8)))
    again.fitted_.input_rule[0]["rate"] = -1
    with pytest.raises(ModelFileError, match="the input rule has an impossible step"):
        again.predict(one)


def test_bad_files_are_all_named_or_left_out(folder):
    (folder / "low" / "bad.wav").write_bytes(b"not a sound at all")
    (folder / "high" / "none.wav").write_bytes(b"")
    with pytest.raises(DataError) as caught:
        open_sounds(folder, **HOW)
    assert str(caught.value).splitlines() == [
        "2 of 26 files are no sounds that can be read; mend or remove them, or leave them out with on_bad='skip':",
        "  high/none.wav: is empty",
        "  low/bad.wav: is no WAV file",
    ]
    sounds = open_sounds(folder, **HOW, on_bad="skip")
    assert (len(sounds), sounds.about["skipped"]) == (24, 2)
    assert sounds.about["first_skipped"] == ["high/none.wav: is empty", "low/bad.wav: is no WAV file"]


def test_a_list_of_files_needs_its_labels(folder):
    files = sorted((folder / "low").iterdir())
    assert open_sounds(files, y=np.arange(12.0), **HOW).y.tolist() == list(range(12))
    with pytest.raises(DataError, match="a list of files has no labels; give y=, one a file"):
        open_sounds(files, **HOW)
