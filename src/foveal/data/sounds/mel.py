"""Log-mel spectrograms: how loud a sound is in each band of pitch, frame by frame."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import ParameterError

Array = NDArray[Any]
#: The least energy, below which the logarithm stays.
FLOOR = 1e-10


def fft_size(window: int) -> int:
    """Give the length of the transform: the power of two that holds a window.

    >>> fft_size(400), fft_size(512)
    (512, 512)
    """
    return 1 << (window - 1).bit_length()


def n_frames(samples: int, window: int, hop: int) -> int:
    """Count the windows that fit into some samples; of fewer than a window one, with zeros behind.

    >>> n_frames(16000, 400, 160), n_frames(100, 400, 160)
    (98, 1)
    """
    return 1 + max(0, samples - window) // hop


def log_mel(x: Array, rate: int, *, window: int = 400, hop: int = 160, mels: int = 64, log: bool = True) -> Array:
    r"""Give the mel spectrogram of samples x (T,): a row for each band, from low to high, a column for each frame.

        X(k, j) = sum over n < window of w(n) x(j hop + n) exp(-2 pi i k n / K),   w(n) = (1 - cos(2 pi n / window)) / 2
        E(m, j) = sum over k <= K / 2 of H(m, k) |X(k, j)|^2;   with `log`: ln max(E, 1e-10)

    K is `fft_size(window)`. The filters H are triangles of height 1 with their corners evenly apart on HTK's scale,
    mel(f) = 2595 log10(1 + f / 700), from 0 to half of the rate. Nothing is added before the first frame.

    Shape: (T,) -> (mels, frames), float32. Source: Davis and Mermelstein 1980; scale and filters are HTK's, Young et
    al. 2006, The HTK book, section 5.4, equation 5.13, not Slaney's, which are scaled by their widths. Deviations from
    HTK: the periodic Hann window, powers instead of magnitudes, no pre-emphasis.

    >>> log_mel(np.zeros(16000), 16000).shape
    (64, 98)
    """
    frames = n_frames(len(x), window, hop)
    padded = np.zeros(max(len(x), window), np.float64)
    padded[: len(x)] = x
    pieces = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop][:frames]
    hann = (1 - np.cos(2 * np.pi * np.arange(window) / window)) / 2
    power = np.abs(np.fft.rfft(pieces * hann, fft_size(window), axis=1)) ** 2
    energy = mel_filters(rate, fft_size(window), mels) @ power.T
    return np.asarray(np.log(np.maximum(energy, FLOOR)) if log else energy, np.float32)


@lru_cache(8)
def mel_filters(rate: int, size: int, mels: int) -> Array:
    """Make the triangles H (mels, K / 2 + 1): from corner m - 1 up to 1 at corner m, and down to corner m + 1.

    Raises `ParameterError` for so many bands that one lies between two frequencies of the transform.

    >>> mel_filters(16000, 512, 64).shape
    (64, 257)
    """
    highest = 2595 * np.log10(1 + rate / 2 / 700)
    corners = 700 * (10 ** (np.linspace(0, highest, mels + 2) / 2595) - 1)
    frequencies = np.arange(size // 2 + 1) * rate / size
    rising = (frequencies - corners[:-2, None]) / np.diff(corners)[:-1, None]
    falling = (corners[2:, None] - frequencies) / np.diff(corners)[1:, None]
    filters: Array = np.maximum(0, np.minimum(rising, falling))
    empty = np.flatnonzero(~filters.any(axis=1))
    if len(empty):
        raise ParameterError(
            f"mels={mels} has bands that hold no frequency of a window of {size} at {rate} samples a second, the first "
            f"of them band {int(empty[0])}; use fewer mels, or a longer window"
        )
    filters.setflags(write=False)
    return filters
