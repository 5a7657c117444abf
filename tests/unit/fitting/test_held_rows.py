from types import SimpleNamespace

import numpy as np
import pytest

from foveal.core.errors import DataError, ParameterError
from foveal.data.rows import Rows
from foveal.fitting.examples import Examples
from foveal.fitting.held_rows import rows_to_calibrate
from foveal.tasks.classification import CLASSIFICATION
from foveal.tasks.kind import Problem
from foveal.tasks.points import POINTS

PROBLEM = Problem(CLASSIFICATION, 2, np.arange(2), True)
HELD = Examples(Rows(np.arange(80.0, dtype="float32").reshape(20, 4)), np.arange(20) % 2, None)
TASK = SimpleNamespace(follow=None)


def asked(calibration, n=12, problem=PROBLEM):
    return rows_to_calibrate({"calibration": calibration}, problem, HELD, np.arange(0, n), TASK)


@pytest.mark.parametrize("calibration", [True, "auto"])
def test_the_rows_held_out_are_given_with_their_y(calibration):
    source, y = asked(calibration)
    np.testing.assert_array_equal(source.read(np.arange(12))[0].reshape(12, 4), HELD.source.X[:12].reshape(12, 4))
    np.testing.assert_array_equal(y, HELD.y[:12])


def test_none_are_where_they_are_not_wanted_or_not_enough():
    assert asked(False) is None
    assert asked("auto", n=9) is None
    assert asked("auto", problem=Problem(POINTS, 2)) is None


def test_what_is_asked_and_cannot_be_is_an_error():
    with pytest.raises(DataError, match="at least 10 rows"):
        asked(True, n=9)
    with pytest.raises(ParameterError, match="this model is for points, and that has no calibration"):
        asked(True, problem=Problem(POINTS, 2))
