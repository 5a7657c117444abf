"""Draw the spectrogram of signals.md: `python docs/make_spectrogram.py`."""

from pathlib import Path

import numpy as np

from foveal.core.png import png_of
from foveal.data.sounds.mel import log_mel

RATE, SCALE = 16000, 5


def main() -> None:
    """Write a rising tone with its overtones, low pitches at the bottom, loud ones dark."""
    t = np.arange(RATE) / RATE
    phase = 2 * np.pi * (200 * t + 300 * t**2)
    x = sum(np.sin(k * phase) / k for k in range(1, 9)) + 0.02 * np.random.default_rng(0).normal(size=RATE)
    found = log_mel(x, RATE)[::-1]
    grey = (255 - 255 * (found - found.min()) / (found.max() - found.min())).astype(np.uint8)
    picture = np.repeat(grey.repeat(SCALE, 0).repeat(SCALE, 1)[..., None], 3, axis=2)
    (Path(__file__).parent / "drawings" / "spectrogram.png").write_bytes(png_of(picture))


if __name__ == "__main__":
    main()
