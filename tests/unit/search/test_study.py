import sys

import pytest

from foveal.core.errors import DataError, ModelFileError, ParameterError, ResourceError
from foveal.search.space import Choices, Range
from foveal.search.study import LOCK, PLACE, WORKER, opened

SPACE = {"learning_rate": Range(1e-4, 1e-1, log=True), "batch_size": Range(8, 16, whole=True),
         "in_channels_list": Choices(((None, 4), (None, 8)))}  # fmt: skip
SAME = {"settings": "a", "data": "b"}


def open_it(folder, seed=0, space=SPACE, identity=SAME, name="search"):
    return opened(folder, name, seed, space, identity)


def test_places_come_once_each_with_values_of_the_space(store):
    with open_it(store) as study:
        taken = [study.take(3) for _ in range(3)]
        assert [t.place for t in taken] == [0, 1, 2]
        assert study.take(3) is None, "all are taken"
        assert study.others_at_work()
        for number, t in enumerate(taken):
            assert 1e-4 <= t.values["learning_rate"] <= 1e-1
            assert t.values["batch_size"] in range(8, 17)
            assert t.values["in_channels_list"] in ((None, 4), (None, 8))
            study.close(t, "PRUNED" if number else "COMPLETE", None if number else 0.5)
        assert [t.user_attrs[PLACE] for t in study.finished()] == [0, 1, 2]
        assert study.take(3) is None, "all are done"
        assert not study.others_at_work()
        assert study.take(4).place == 3, "a search may go on to more"


def test_what_is_left_behind_is_tried_again_with_the_same_values_and_seed(store):
    with open_it(store) as study:
        first = study.take(2)
        study.close(first, "COMPLETE", 0.5)
        lost = study.take(2)
    with open_it(store) as study:  # the process that tried place 1 is gone
        again = study.take(2)
        assert (again.place, again.values, again.seed) == (lost.place, lost.values, lost.seed)
        assert again.trial.number != lost.trial.number
        study.close(again, "COMPLETE", 0.6)
        assert study.take(2) is None
        assert [t.value for t in study.finished()] == [0.5, 0.6]


def test_what_a_living_process_tries_is_left_alone(store):
    with open_it(store) as one, open_it(store) as other:
        places = [one.take(3).place, other.take(3).place, one.take(3).place]
        assert places == [0, 1, 2]
        assert other.take(3) is None


def test_a_trial_that_was_begun_and_not_yet_named_costs_nothing(store):
    """As where a process is killed between Optuna's entry and ours, or ours in the queue and Optuna's."""
    with open_it(store) as study:
        study.study.ask()
        study.study.enqueue_trial({"learning_rate": 0.01}, user_attrs={PLACE: 1})
        taken = [study.take(2), study.take(2)]
        assert sorted(t.place for t in taken) == [0, 1]
        assert {t.place: t.values["learning_rate"] for t in taken}[1] == 0.01
        assert study.take(2) is None


def test_values_are_functions_of_seed_and_place(store):
    found = []
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        with open_it(store, seed, name=name) as study:
            taken = [study.take(3) for _ in range(3)]
            found.append([(t.values, t.seed) for t in taken])
    assert found[0] == found[1]
    assert found[0] != found[2]


@pytest.mark.parametrize(("what", "error"), [("settings", ParameterError), ("data", DataError)])
def test_another_search_is_not_gone_on_with(store, what, error):
    with open_it(store):
        pass
    with pytest.raises(error, match=f"begun with other {what}"), open_it(store, identity=SAME | {what: "other"}):
        pass
    with open_it(store) as study:
        assert study.take(1).place == 0
    assert (store / LOCK).exists()


def test_optuna_speaks_as_before(store):
    import optuna

    before = optuna.logging.get_verbosity()
    with open_it(store) as study:
        assert study.take(1).trial.user_attrs[WORKER] == study.worker
    assert optuna.logging.get_verbosity() == before


def test_without_optuna_it_says_what_to_install(store, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ResourceError, match=r'pip install "foveal\[tune\]"'), open_it(store):
        pass


@pytest.mark.parametrize("kept", [9000, 30])
def test_a_damaged_study_is_named(store, kept):
    with open_it(store) as study:
        study.close(study.take(1), "COMPLETE", 0.5)
    path = store / "study.db"
    path.write_bytes(path.read_bytes()[:kept] if kept > 100 else b"x" * kept)
    with (
        pytest.raises(ModelFileError, match=r"study\.db is damaged, or no file of a search: .*--force"),
        open_it(store),
    ):
        pass
