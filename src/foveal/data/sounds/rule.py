"""The input rule of sounds: what makes a row of a WAV file, step by step. It lies in the model file.

{"step": "sound", "rate": R}                      one channel, the mean of all, at R samples a second
{"step": "length", "samples": T}                  the middle T samples; zeros behind what is shorter
{"step": "log_mel", "window": W, "hop": H, "mels": M, "log": true | false}      `mel.log_mel`
"""

from collections.abc import Mapping
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import ModelFileError
from foveal.core.rules import Rule, check, count, flag, number, shown
from foveal.core.schema import within
from foveal.data.sounds.mel import fft_size, log_mel, mel_filters, n_frames
from foveal.data.sounds.wav import Wav, read_wav

SoundRule = tuple[Mapping[str, Any], ...]

_MOST = 2**26  # samples of a row
_STEPS: dict[str, dict[str, Rule]] = {
    "sound": {"rate": within(100, 2**20)},
    "length": {"samples": within(1, _MOST)},
    "log_mel": {"window": within(2, 2**16), "hop": within(1, 2**16), "mels": within(1, 1024), "log": flag()},
}


def make_sound_rule(
    *, rate: int = 16000, seconds: float = 1.0, window: int = 400, hop: int = 160, mels: int = 64, log: bool = True
) -> SoundRule:
    """Compose a rule. Raises `ParameterError`, also for more bands than a window tells apart.

    >>> make_sound_rule(seconds=0.5)[1]
    {'step': 'length', 'samples': 8000}
    """
    check("seconds", seconds, number(0, low_open=True))
    for name, value in {"rate": rate, "window": window, "hop": hop, "mels": mels}.items():
        check(name, value, next(rules[name] for rules in _STEPS.values() if name in rules))
    check("log", log, flag())
    mel_filters(rate, fft_size(window), mels)
    samples = max(1, round(seconds * rate))
    check("seconds times rate", samples, count(1))
    return (
        {"step": "sound", "rate": int(rate)},
        {"step": "length", "samples": samples},
        {"step": "log_mel", "window": int(window), "hop": int(hop), "mels": int(mels), "log": bool(log)},
    )


def is_of_sounds(rule: Any) -> bool:
    """Tell whether a rule begins as one of sounds does."""
    return bool(rule) and isinstance(rule[0], Mapping) and rule[0].get("step") == "sound"


def check_sound_rule(rule: Any) -> SoundRule:
    """Give back a rule that keeps its form, as out of a model file; raise `ModelFileError` for any other.

    >>> check_sound_rule(({"step": "sound", "rate": 0},))
    Traceback (most recent call last):
    foveal.core.errors.ModelFileError: the input rule must have the steps ['sound', 'length', 'log_mel'], got \
['sound']; the file is damaged, or a newer foveal wrote it: pip install -U foveal
    """
    way = "the file is damaged, or a newer foveal wrote it: pip install -U foveal"
    names = [step.get("step") if isinstance(step, Mapping) else None for step in rule]
    if names != list(_STEPS):
        raise ModelFileError(f"the input rule must have the steps {list(_STEPS)}, got {shown(names)}; {way}")
    for step in rule:
        rules = _STEPS[step["step"]]
        if set(step) != {"step", *rules} or not all(rules[name].holds(step[name]) for name in rules):
            raise ModelFileError(f"the input rule has an impossible step: {shown(dict(step))}; {way}")
    frames, mels = shape_of(rule)[1::-1]
    if frames * mels > _MOST:
        raise ModelFileError(f"the input rule makes rows of {mels} x {frames} values, which is too many; {way}")
    return tuple(rule)


def shape_of(rule: SoundRule) -> tuple[int, int, int]:
    """Give (mels, frames, 1), the shape of the rows that a rule makes.

    >>> shape_of(make_sound_rule())
    (64, 98, 1)
    """
    mel = rule[2]
    return mel["mels"], n_frames(rule[1]["samples"], mel["window"], mel["hop"]), 1


def row_of(content: bytes, rule: SoundRule) -> NDArray[np.float32]:
    """Make a row (mels, frames, 1) of a WAV file's bytes; raises `BadPicture` for what is none."""
    mel = {name: value for name, value in rule[2].items() if name != "step"}
    x = _cut(_at_rate(read_wav(content), rule[0]["rate"]), rule[1]["samples"])
    return np.asarray(log_mel(x, rule[0]["rate"], **mel)[..., None], np.float32)


def _at_rate(wav: Wav, rate: int) -> NDArray[Any]:
    """Give one channel, the mean of all, at another rate, by SciPy's polyphase filter."""
    x: NDArray[Any] = wav.samples.mean(axis=1, dtype=np.float64)
    if wav.rate == rate:
        return x
    from scipy.signal import resample_poly

    common = gcd(wav.rate, rate)
    return np.asarray(resample_poly(x, rate // common, wav.rate // common))


def _cut(x: NDArray[Any], samples: int) -> NDArray[Any]:
    """Give the middle of what is longer, and zeros behind what is shorter."""
    first = max(0, len(x) - samples) // 2
    kept = x[first : first + samples]
    return np.concatenate([kept, np.zeros(samples - len(kept))])
