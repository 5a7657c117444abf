import pytest

from foveal.core.errors import DataError
from foveal.search.found import best_of
from foveal.search.trials import Finished


def trial(number, state, score, said=""):
    return Finished(number, state, score, 1, 0.1, {}, said)


def test_the_best_is_a_complete_one_and_of_equals_the_first():
    trials = [trial(0, "complete", 0.5), trial(1, "pruned", 0.9), trial(2, "complete", 0.7), trial(3, "complete", 0.7)]
    assert best_of(trials).number == 2


def test_where_none_came_to_its_end_it_says_why():
    with pytest.raises(DataError, match=r"none of 1 trials has come to its end \(diverged: nan\)"):
        best_of([trial(0, "pruned", None, "diverged: nan")])
