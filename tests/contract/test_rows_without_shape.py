"""Texts, pairs and histories go through what arrays do: bits, files, clones, resumption, draws of parameters."""

import pickle
import random
import subprocess
import sys
import warnings
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from tests.faults.resumable import fingerprint
from tests.faults.test_exact_resume import stopped

import foveal
from foveal.core.errors import DataError, DivergedError, FovealError
from foveal.core.parameters import COMMON, names_of

from .parameter_values import ABSURD, ENDLESS, VALUES, Values
from .rows_without_shape import CASES

_NO_COUNT = (0, -1, 1.5, "3", True, (), float("nan"))
_NO_FLAG = (0, 1, "yes", None, [True])
#: What these have of their own, and what means another thing for them.
OWN = {
    "pieces": Values(("auto", "words", "characters", "bytes", "bpe"), ("wrods", 3, None, ("words",))),
    "vocabulary_size": Values((20, 300, 1000, np.int64(64)), (*_NO_COUNT, 2, ABSURD, ENDLESS)),
    "lower": Values((True, False), _NO_FLAG),
    "unicode_form": Values((None, "NFC", "NFKD"), ("nfc", 3, ("NFC",))),
    "max_length": Values((1, 5, 100, ABSURD, ENDLESS), _NO_COUNT),
    "vectors": Values((None,), (3, True, ["a.txt"])),
    "shared_vocabulary": Values((True, False), _NO_FLAG),
    "bpe_dropout": Values((0, 0.1, 0.9), (1, -0.1, "0.1", None, True)),
    "batch_tokens": Values((None, 1, 7, 60, ABSURD, ENDLESS), _NO_COUNT),
    "history_length": Values((1, 2, 8, 500, ABSURD, ENDLESS), (*_NO_COUNT, None)),
}
NETS = {
    "TextClassifier": ("kim(vector=3, maps=2)", "text_resnet(vector=4, blocks=1)", "wide_kim(vector=3, maps=2)"),
    "Translator": ("conv_s2s(layers=1, width=8)", "conv_s2s(layers=2, width=4)"),
    "Recommender": ("next_item(width=4, layers=2)", "caser(width=4, window=2, horizontal=2, vertical=1, neighbours=3)"),
}  # fmt: skip
NETS["TextRegressor"] = NETS["TextClassifier"]
#: Warnings that are documented.
SAID = ("valid_size=.* leaves no row", "nobody can be asked", "(there is only 1 row|y does not vary)",
        "no row to validate on", "y does not vary", ".* cut", ".* histories to validate on")  # fmt: skip


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


@pytest.fixture(scope="module")
def fitted():
    return {name: case.make().fit(*case.data) for name, case in CASES.items()}


def test_a_file_a_pickle_a_clone_and_another_fit_answer_the_same(fitted, tmp_path):
    for name, case in CASES.items():
        model, expected = fitted[name], case.answers(fitted[name])
        model.save(tmp_path / name)
        relatives = foveal.load(tmp_path / name), pickle.loads(pickle.dumps(model)), clone(model).fit(*case.data)
        for again in relatives:
            assert type(again) is type(model)
            assert again.get_params(deep=False).keys() == model.get_params(deep=False).keys()
            assert case.answers(again) == expected, name
        foveal.load(tmp_path / name).save(tmp_path / "again")
        assert case.answers(foveal.load(tmp_path / "again")) == expected


def test_another_process_gives_the_same_bits(fitted):
    command = [sys.executable, "-W", "ignore", "-m", "tests.contract.rows_without_shape"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [str(case.answers(fitted[name])) for name, case in CASES.items()]


def test_the_global_generators_neither_decide_nor_change(case):
    first = case.make().fit(*case.data)
    torch.manual_seed(123)
    np.random.seed(123)
    random.seed(123)
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate(), torch.get_num_threads()
    second = case.make().fit(*case.data)
    assert fingerprint(first) == fingerprint(second)
    assert case.answers(first) == case.answers(second)
    assert torch.equal(torch.get_rng_state(), before[0])
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])
    assert (random.getstate(), torch.get_num_threads()) == before[2:]
    assert fingerprint(case.make(random_state=2).fit(*case.data)) != fingerprint(first)


@pytest.mark.parametrize("how", [{}, {"ema_decay": 0.8, "accumulate": 2, "early_stopping": True, "optimizer": "nadam"}])
def test_a_run_that_is_left_ends_with_the_same_bits(case, how, tmp_path, monkeypatch):
    unbroken = fingerprint(case.make(**how, n_epochs=3).fit(*case.data))
    for place in ({"step": 1}, {"epoch": 1}, {"epoch": 2}):
        with stopped(monkeypatch, **place):
            case.make(**how, n_epochs=3, checkpoint=tmp_path / "run").fit(*case.data)
    assert fingerprint(case.make(**how, n_epochs=3, checkpoint=tmp_path / "run").fit(*case.data)) == unbroken


def test_a_model_is_unharmed_by_a_call_that_fails(fitted):
    for name, case in CASES.items():
        expected = case.answers(fitted[name])
        for wrong in (3, None, [[1.5]], "x"):
            with pytest.raises(FovealError):
                fitted[name].predict(wrong)
        assert case.answers(fitted[name]) == expected


def test_limits_beyond_any_length_are_none(case, tmp_path):
    for name in {"max_length", "history_length", "batch_tokens"} & set(case.make().get_params()):
        expected = case.answers(case.make(**{name: 2**20}).fit(*case.data))
        for limit in (2**63, ENDLESS):
            model = case.make(**{name: limit}).fit(*case.data)
            assert case.answers(model) == expected
            model.save(tmp_path / "m")
            assert case.answers(foveal.load(tmp_path / "m")) == expected


def values_of(name):
    values = {key: value for key, value in (VALUES | OWN).items() if key in names_of(name)}
    values["net"] = Values(NETS[name], ("plian", 3, int, "conv_s2s(layers=0)", "kim(maps=-1)"))
    values.pop("checkpoint_every")
    values["batch_size"] = Values((1, 3, 40, np.uint8(200), ABSURD), VALUES["batch_size"].wrong)
    return values


@st.composite
def draws(draw, name):
    values = values_of(name)
    order = draw(st.permutations(sorted(values)))
    n_given, n_wrong = draw(st.integers(0, 8)), draw(st.sampled_from((0, 0, 0, 1, 2)))
    parameters = {key: draw(st.sampled_from(values[key].allowed)) for key in order[n_wrong : n_wrong + n_given]}
    parameters |= {key: draw(st.sampled_from(values[key].wrong)) for key in order[:n_wrong]}
    return parameters, set(order[:n_wrong])


def judge(error, names):
    """See that an error is one line, and names one of some things."""
    message = str(error)
    assert 20 < len(message) < 1000, message
    assert "\n" not in message, message
    assert isinstance(error, DivergedError) or any(name in message for name in names), message


def outcome(case, parameters, wrong):
    """Fit and answer; say what came of it, and hold it against what was drawn."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for message in SAID:
            warnings.filterwarnings("ignore", message)
        try:
            model = case.make(**{"n_epochs": 1} | parameters).fit(*case.data)
        except FovealError as error:
            judge(error, {*parameters, "loss", "X", "y", "history", "histories", "text", "texts"})
            return type(error).__name__
        assert not wrong, f"{wrong} passed"
        try:
            assert case.answers(model)
        except DataError as error:
            if parameters.get("learning_rate", 0) <= 1 or "finite" not in str(error):
                raise
            return "overflow"
        return "fit"


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("count", "again"), [(20, True), pytest.param(500, False, marks=pytest.mark.long)])
def test_draws_of_parameters(name, count, again):
    case, outcomes = CASES[name], Counter()
    health = list(HealthCheck)

    @settings(max_examples=count, derandomize=again, database=None, deadline=None, suppress_health_check=health)
    @given(draws(case.estimator.__name__))
    def one(drawn):
        outcomes[outcome(case, *drawn)] += 1

    one()
    print(name, dict(outcomes))
    assert outcomes["fit"] >= count / 8, outcomes


def test_every_parameter_of_theirs_is_drawn():
    names = {name for case in CASES.values() for name in names_of(case.estimator.__name__)}
    assert names - set(COMMON) == set(OWN)
