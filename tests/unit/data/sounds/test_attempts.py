import numpy as np

from foveal.data.sounds.attempts import SoundAttempts
from foveal.data.sounds.listing import list_sounds
from foveal.data.sounds.rule import make_sound_rule, row_of

from .wavs import tone, wav

RULE = make_sound_rule(rate=8000, seconds=0.25, window=256, hop=128, mels=16)


def test_what_is_no_sound_is_a_row_of_zeros_and_told(tmp_path):
    for name, content in (("a.wav", wav(tone(300))), ("b.wav", b"no"), ("c.wav", wav(tone(900)))):
        (tmp_path / name).write_bytes(content)
    rows = SoundAttempts(list_sounds(tmp_path, labelled=False).places, RULE)
    assert (rows.shape, rows.ndim, len(rows)) == ((3, 16, 14, 1), 4, 3)
    found = rows[1:3]
    assert not found[0].any()
    np.testing.assert_array_equal(found[1], row_of(wav(tone(900)), RULE))
    assert rows.problems == {1: "is no WAV file"}
