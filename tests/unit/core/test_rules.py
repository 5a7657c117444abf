"""Rules and the messages of those who break them."""

import numpy as np
import pytest

from foveal.core.errors import FovealError, ParameterError, ParameterTypeError
from foveal.core.parameters import PARAMETERS, TABLE, check_parameters
from foveal.core.rules import ELSEWHERE, check, choice, count, counts, flag, number, optional

GOOD = [
    (count(1), [1, 100, np.int64(3)]),
    (number(0, 1, high_open=True), [0, 0.5, np.float32(0.25), 0.999]),
    (number(0, low_open=True), [1e-9, 5]),
    (flag(), [True, False, np.True_]),
    (counts("", first_none=True), [3, (3, 4), [None, 4], [None]]),
    (optional(count(1)), [None, 1]),
    (choice("a", "b", also="a function", test=callable), ["a", print]),
]
BAD = [
    (count(1), [0, -1, 1.0, True, "1", None, float("nan")]),
    (number(0, 1, high_open=True), [1, 1.0, -0.1, float("nan"), float("inf"), "0.5", True, 1j]),
    (number(0, low_open=True), [0, 0.0, -1]),
    (flag(), [0, 1, "yes", None]),
    (counts("", first_none=True), [[], (), 0, [3, None], [3, 0], [1.5], "3", None, [[3]]]),
    (choice("a", "b"), ["c", "A", 1, None, ["a"]]),
]


@pytest.mark.parametrize(("rule", "values"), GOOD)
def test_what_a_rule_allows(rule, values):
    for value in values:
        check("x", value, rule)


@pytest.mark.parametrize(("rule", "values"), BAD)
def test_what_a_rule_forbids_with_name_rule_and_value(rule, values):
    for value in values:
        with pytest.raises(ParameterError) as caught:
            check("some_name", value, rule)
        assert str(caught.value).startswith(f"some_name must be {rule.words}, got {value!r}")
        assert isinstance(caught.value, ValueError)


def test_a_string_for_a_number_is_a_type_error_too():
    with pytest.raises(ParameterTypeError):
        check("x", "3", count(1))
    assert issubclass(ParameterTypeError, TypeError)


@pytest.mark.parametrize(
    ("word", "meant"),
    [("lr", "learning_rate"), ("LR", "learning_rate"), ("kernel_size", "filter_size"), ("weight_decay", "lambda_"),
     ("seed", "random_state"), ("validation_split", "valid_size"), ("criterion", "loss"), ("epochs", "n_epochs"),
     ("dropout", "dropout_rate"), ("batchsize", "batch_size")],
)  # fmt: skip
def test_words_of_other_libraries_are_understood(word, meant):
    with pytest.raises(ParameterError, match=f"unknown parameter '{word}'; did you mean '{meant}'"):
        check_parameters({word: 1})


def test_a_gpu_is_no_cpu():
    with pytest.raises(ParameterError, match="got 'gpu'; did you mean 'cuda'"):
        check("device", "gpu", PARAMETERS["device"].rule)


def test_what_is_meant_elsewhere_is_something_here():
    known = {*PARAMETERS, *(name for p in TABLE for name in p.rule.choices)}
    assert set(ELSEWHERE.values()) <= known
    assert not set(ELSEWHERE) & known


def test_every_default_keeps_its_own_rule():
    check_parameters({p.name: p.default for p in TABLE})
    assert len(PARAMETERS) == len(TABLE)
    assert all(p.help and p.rule.words for p in TABLE)


def test_every_error_of_ours_has_an_exit_code_of_its_branch():
    codes = {cls.__name__: cls.exit_code for cls in FovealError.__subclasses__()}
    assert codes == {
        "ParameterError": 2,
        "DataError": 3,
        "ModelFileError": 4,
        "ResourceError": 5,
        "DivergedError": 6,
    }
