import io
import wave

import numpy as np
import pytest

from foveal.data.images.records import BadPicture
from foveal.data.sounds.wav import read_wav

from .wavs import chunk, tone, wav


@pytest.mark.parametrize("extensible", [False, True])
@pytest.mark.parametrize(
    ("bits", "kind", "near"), [(8, 1, 0.01), (16, 1, 1e-4), (24, 1, 1e-6), (32, 1, 1e-6), (32, 3, 1e-7), (64, 3, 1e-7)]
)
def test_samples_are_those_that_were_written(bits, kind, near, extensible):
    x = np.stack([tone(440), -tone(100)], axis=1)
    found = read_wav(wav(x, 11025, bits=bits, kind=kind, extensible=extensible, before=chunk(b"LIST", b"odd")))
    assert (found.rate, found.samples.dtype) == (11025, np.float32)
    np.testing.assert_allclose(found.samples, x, atol=near)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_the_standard_library_writes_the_same(width):
    x = np.array([-1.0, -0.5, 0.0, 0.5])
    whole = (x * 2 ** (8 * width - 1)).astype(np.int64) + (128 if width == 1 else 0)
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((1, width, 8000, 0, "NONE", ""))
        out.writeframes(b"".join(int(v).to_bytes(width, "little", signed=width > 1) for v in whole))
    assert read_wav(file.getvalue()).samples[:, 0].tolist() == x.tolist()


def test_a_file_that_is_cut_off_has_the_whole_frames_that_are_there():
    content = wav(np.stack([tone(440)] * 2, axis=1))
    assert len(read_wav(content[:-3]).samples) == len(tone(440)) - 1


GOOD = wav(tone(440))
BAD = {
    "nothing": (b"", "is empty"),
    "text": (b"hello, this is no sound", "is no WAV file"),
    "FLAC": (b"fLaC" + bytes(40), "is FLAC, not WAV: convert it, ffmpeg"),
    "no samples": (wav(np.zeros(0)), "has no samples"),
    "no data": (GOOD[:36], "has no samples"),
    "no format": (GOOD[:12] + GOOD[36:], "has samples before their format"),
    "short format": (GOOD[:12] + chunk(b"fmt ", b"ab") + GOOD[36:], "has a format that is cut off"),
    "mu-law": (wav(tone(440), kind=7, bits=16), "holds samples of format 7 and 16 bits; PCM"),
    "12 bits": (GOOD[:34] + b"\x0c" + GOOD[35:], "holds samples of format 1 and 12 bits"),
    "no channels": (GOOD[:22] + b"\x00\x00" + GOOD[24:], "says that it has 0 channels"),
    "NaN": (wav([0.0, np.nan], kind=3, bits=32), "holds samples that are not finite"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_sound_is_told_why(case):
    content, reason = BAD[case]
    with pytest.raises(BadPicture, match=reason):
        read_wav(content)


def test_no_damaged_file_does_anything_else():
    rng = np.random.default_rng(0)
    for _ in range(300):
        broken = bytearray(GOOD[:200])
        for place in rng.integers(0, len(broken), 3):
            broken[place] = rng.integers(256)
        try:
            read_wav(bytes(broken))
        except BadPicture:
            continue
