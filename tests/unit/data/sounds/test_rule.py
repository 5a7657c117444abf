import numpy as np
import pytest

from foveal.core.errors import ModelFileError, ParameterError
from foveal.data.sounds.mel import log_mel
from foveal.data.sounds.rule import check_sound_rule, is_of_sounds, make_sound_rule, row_of, shape_of

from .wavs import tone, wav

RULE = make_sound_rule(rate=8000, seconds=0.25, window=256, hop=128, mels=16)
MEL = {"window": 256, "hop": 128, "mels": 16}


def test_a_row_is_the_spectrogram_of_the_middle():
    x = np.random.default_rng(0).uniform(-0.5, 0.5, 5000)
    row = row_of(wav(x, bits=64, kind=3), RULE)
    assert row.shape == shape_of(RULE) == (16, 14, 1)
    np.testing.assert_allclose(row[..., 0], log_mel(x[1500:3500], 8000, **MEL), atol=1e-4)


def test_what_is_shorter_has_zeros_behind_it():
    row = row_of(wav(tone(1000, seconds=0.1), bits=32, kind=3), RULE)
    np.testing.assert_allclose(row[:, -1, 0], np.log(1e-10), atol=1e-4)


def test_channels_are_averaged():
    x, y = tone(500), tone(900)
    both = row_of(wav(np.stack([x, y], axis=1), bits=64, kind=3), RULE)
    np.testing.assert_allclose(both, row_of(wav((x + y) / 2, bits=64, kind=3), RULE), atol=1e-3)


def test_another_rate_is_resampled():
    found = row_of(wav(tone(1000, rate=44100), 44100, bits=64, kind=3), RULE)
    expected = row_of(wav(tone(1000), bits=64, kind=3), RULE)
    assert (found.mean(axis=1).argmax(), found.shape) == (expected.mean(axis=1).argmax(), expected.shape)
    loud = expected > expected.max() - 5
    np.testing.assert_allclose(found[loud], expected[loud], atol=0.2)


def test_a_rule_out_of_a_file_is_taken():
    assert check_sound_rule(tuple(dict(step) for step in RULE)) == RULE
    assert is_of_sounds(RULE)
    assert not is_of_sounds(({"step": "orient"},))
    assert not is_of_sounds(())


CRAFTED = {
    "another step": (*RULE[:2], {"step": "run", "what": "x"}),
    "a step too many": (*RULE, RULE[2]),
    "no table": (*RULE[:2], "log_mel"),
    "another key": ({**RULE[0], "more": 1}, *RULE[1:]),
    "no rate": ({"step": "sound"}, *RULE[1:]),
    "a rate that is none": ({"step": "sound", "rate": True}, *RULE[1:]),
    "endless": (RULE[0], {"step": "length", "samples": 10**12}, RULE[2]),
    "large": (RULE[0], {"step": "length", "samples": 2**26}, {**RULE[2], "hop": 1}),
}


@pytest.mark.parametrize("case", CRAFTED)
def test_a_crafted_rule_is_refused(case):
    with pytest.raises(ModelFileError, match=r"the input rule .*; the file is damaged, or a newer foveal wrote it"):
        check_sound_rule(CRAFTED[case])


@pytest.mark.parametrize("wrong", [{"rate": 0}, {"seconds": 0}, {"hop": 0}, {"mels": 300}, {"log": 1}, {"window": 1}])
def test_wrong_parameters_are_refused_by_name(wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        make_sound_rule(**wrong)
