import numpy as np
import pytest

from foveal.core.errors import DataError, DataTypeError
from foveal.data.sounds.given import sounds_given
from foveal.data.sounds.rule import make_sound_rule, row_of

from .wavs import tone, wav

RULE = make_sound_rule(rate=8000, seconds=0.25, window=256, hop=128, mels=16)


def test_files_folders_and_bytes_are_the_same_rows(tmp_path):
    content = [wav(tone(pitch)) for pitch in (300, 900)]
    for number, each in enumerate(content):
        (tmp_path / f"{number}.wav").write_bytes(each)
    expected = np.stack([row_of(each, RULE) for each in content])
    for X in (content, tmp_path, [str(tmp_path / "0.wav"), tmp_path / "1.wav"], np.array(content, object)):
        np.testing.assert_array_equal(sounds_given(X, RULE).X, expected)


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ([], DataError, "X holds no sound"),
        (5, DataTypeError, "X must be WAV files, a folder, bytes or spectrograms, got int"),
        ([5], DataTypeError, "a sound must be a file, a folder or bytes, got int"),
    ],
)
def test_what_is_none_is_refused(X, error, message):
    with pytest.raises(error, match=message):
        sounds_given(X, RULE)
