import pytest

from foveal.core.errors import ParameterError
from foveal.report.several import differing, several


def test_runs_stand_beside_each_other(results):
    other = {**results, "settings": {**results["settings"], "learning_rate": 0.5}}
    page = several({"a": results, "b": other})
    assert page.count(f'value="{results["measured"]["score"]!r}"') == 2
    assert ">learning_rate<" in page
    assert "cannot be compared" not in page
    assert "<script" not in page


def test_other_data_cannot_be_compared(results):
    assert "cannot be compared" in several({"a": results, "b": {**results, "source": "other"}})


def test_one_is_not_enough(results):
    with pytest.raises(ParameterError, match="at least two"):
        several({"a": results})


def test_what_differs():
    assert differing([{"settings": {"a": 1}}, {"settings": {"a": 1}}]) == {}
    assert differing([{"settings": {"a": 1}}, {}]) == {"a": [1, None]}
