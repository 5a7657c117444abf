import numpy as np
import pytest

from foveal.core.errors import ParameterError
from foveal.data.sounds.mel import log_mel, mel_filters


def by_definition(x, rate, window, hop, mels, log):
    """Compute the formulas of `log_mel` one value after the other."""
    size = 1
    while size < window:
        size *= 2
    frames = 1 + max(0, (len(x) - window) // hop)
    x = np.concatenate([x, np.zeros(max(0, window - len(x)))])
    top = 2595 * np.log10(1 + rate / 2 / 700)
    corners = [700 * (10 ** (top * m / (mels + 1) / 2595) - 1) for m in range(mels + 2)]
    out = np.zeros((mels, frames))
    for j in range(frames):
        power = []
        for k in range(size // 2 + 1):
            n = np.arange(window)
            w = (1 - np.cos(2 * np.pi * n / window)) / 2
            power.append(abs(np.sum(w * x[j * hop + n] * np.exp(-2j * np.pi * k * n / size))) ** 2)
        for m in range(1, mels + 1):
            low, middle, high = corners[m - 1 : m + 2]
            for k, energy in enumerate(power):
                f = k * rate / size
                if low <= f <= middle:
                    out[m - 1, j] += energy * (f - low) / (middle - low)
                elif middle < f <= high:
                    out[m - 1, j] += energy * (high - f) / (high - middle)
    return np.log(np.maximum(out, 1e-10)) if log else out


@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize("samples", [50, 300])
def test_it_is_what_its_definition_says(samples, log):
    x = np.random.default_rng(0).normal(size=samples)
    found = log_mel(x, 8000, window=100, hop=37, mels=12, log=log)
    np.testing.assert_allclose(found, by_definition(x, 8000, 100, 37, 12, log), rtol=2e-5, atol=1e-5)


def test_a_tone_is_loudest_in_the_band_of_its_pitch():
    rate, mels = 16000, 64
    for pitch in (300, 1000, 4000):
        x = np.sin(2 * np.pi * pitch * np.arange(rate) / rate)
        band = int(log_mel(x, rate, mels=mels).mean(axis=1).argmax())
        place = 2595 * np.log10(1 + pitch / 700) / (2595 * np.log10(1 + 8000 / 700)) * (mels + 1) - 1
        assert abs(band - place) <= 1


def test_silence_is_the_floor():
    assert log_mel(np.zeros(1000), 8000, window=256, hop=128, mels=20) == pytest.approx(np.log(1e-10))


def test_filters_are_triangles_that_add_up_to_one():
    filters = mel_filters(16000, 512, 64)
    inside = filters.sum(axis=0)[2:-20]
    np.testing.assert_allclose(inside, 1)
    assert filters.min() == 0


def test_too_many_bands_are_refused():
    with pytest.raises(ParameterError, match="mels=200 has bands that hold no frequency of a window of 512 at 16000"):
        mel_filters(16000, 512, 200)
