"""What is seen while folds are trained."""

import pytest

from foveal.cli.fold_by_fold import fold_by_fold, line
from foveal.compare.plan import FoldScores

SCORES = FoldScores(8, 2, {"network": 0.5}, 3, 1.0)


def test_a_line_a_fold(capsys):
    with fold_by_fold(3, 0, "accuracy", quiet=False) as tell:
        for _ in range(3):
            tell(SCORES)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("fold 1 of 3  accuracy 0.5000  1.0 s  0:00 left")
    assert lines[2] == "fold 3 of 3  accuracy 0.5000  1.0 s"


def test_folds_that_were_there_before(capsys):
    with fold_by_fold(10, 4, "R2", quiet=False) as tell:
        tell(SCORES)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "going on with fold 5 of 10"
    assert lines[1].startswith("fold  5 of 10  R2 0.5000")


def test_quiet(capsys):
    with fold_by_fold(3, 1, "accuracy", quiet=True) as tell:
        tell(SCORES)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("left", "said"), [(0.4, "0:00 left"), (59.6, "1:00 left"), (3725.0, "62:05 left")])
def test_the_time_left(left, said):
    assert line(SCORES, 1, 2, "accuracy", left).endswith(said)
