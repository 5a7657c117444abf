import numpy as np
import pytest

from foveal.core.errors import DataError, ParameterError
from foveal.search.space import Choices, Range
from foveal.search.tuning import conclude, each_trial, made_so_far, prepare, tune

SPACE = {"learning_rate": Range(1e-3, 3e-2, log=True), "batch_size": Choices((25, 50))}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    from sklearn.datasets import load_digits

    from foveal import CNNClassifier

    X, y = load_digits(return_X_y=True)
    X, y = X[:150].reshape(-1, 8, 8).astype(np.float32), y[:150]
    sizes = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8)}
    model = CNNClassifier(n_epochs=2, random_state=0, **sizes)
    folder = tmp_path_factory.mktemp("tuning")
    return tune(model, X, y, folder=folder, space=SPACE, trials=3), model, (X, y), folder


def test_as_many_trials_as_asked_for_each_once(found):
    tuned = found[0]
    assert [trial.number for trial in tuned.trials] == [0, 1, 2]
    assert tuned.optimistic == max(trial.score for trial in tuned.trials if trial.state == "complete")


def test_the_same_call_does_nothing_twice_and_finds_the_same(found):
    tuned, model, (X, y), folder = found
    tuning = prepare(model, X, y, folder=folder, space=SPACE, trials=3)
    assert list(each_trial(tuning)) == []
    assert conclude(tuning) == tuned


def test_rows_are_in_one_part_only_and_classes_in_all(found):
    _, model, (X, y), folder = found
    part = prepare(model, X, y, folder=folder, space=SPACE, trials=3).parts[0]
    assert sorted(np.concatenate((part.fit, part.valid, part.test))) == list(range(150))
    assert (len(part.fit), len(part.valid), len(part.test)) == (96, 24, 30)
    assert set(y[part.test]) == set(y)


def test_the_nested_score_is_that_of_a_fit_on_the_other_rows(found):
    tuned, model, (X, y), folder = found
    part = prepare(model, X, y, folder=folder, space=SPACE, trials=3).parts[0]
    outer = tuned.outer[0]
    assert (outer.rows, outer.optimistic, outer.values) == (30, tuned.optimistic, tuned.best.values)
    assert (outer.score * 30) == pytest.approx(round(outer.score * 30))
    assert outer.interval.low < outer.score < outer.interval.high
    low, high = tuned.interval
    unseen = len(part.test)
    assert str(tuned).splitlines() == [
        f"accuracy {tuned.optimistic:.4f}, optimistic: the best of 3 trials on the 24 rows that chose it",
        f"accuracy {tuned.score:.4f} ({low:.4f} to {high:.4f}), nested: on {unseen} rows that no trial had seen",
    ]
    assert tuned.as_dict()["optimistic"] == tuned.optimistic


def test_the_estimator_and_the_global_generator_stay_as_they_are(found, store):
    import torch

    _, model, (X, y), _ = found
    before, state = model.get_params(), torch.random.get_rng_state()
    tune(model, X[:60], y[:60] % 2, folder=store, space=SPACE, trials=1)
    assert model.get_params() == before
    assert torch.equal(torch.random.get_rng_state(), state)
    assert not hasattr(model, "fitted_")


def test_kills_and_pauses_change_nothing(found, store):
    """A search in three goes, a trial of which was left in the middle, finds what one in one go finds."""
    tuned, model, (X, y), _ = found
    tuning = prepare(model, X, y, folder=store, space=SPACE, trials=3)
    with tuning.study(tuning.parts[0]) as study:
        study.take(3)  # and this process is gone
    for _ in each_trial(tuning):
        break
    for _ in each_trial(tuning):
        pass
    again = conclude(tuning)
    assert [(t.number, t.state, t.score, t.values) for t in again.trials] == [
        (t.number, t.state, t.score, t.values) for t in tuned.trials
    ]
    assert (again.score, again.interval) == (tuned.score, tuned.interval)


def test_folds_each_have_a_search_and_the_last_chooses_on_all_rows(found, store):
    _, model, (X, y), _ = found
    tuning = prepare(model, X, y, folder=store, space=SPACE, trials=1, nested=2)
    assert [part.name for part in tuning.parts] == ["fold 1", "fold 2", "search"]
    tuned = tune(model, X, y, folder=store, space=SPACE, trials=1, nested=2)
    assert [each.rows for each in tuned.outer] == [75, 75]
    assert tuned.score == pytest.approx(np.mean([each.score for each in tuned.outer]))
    assert tuned.interval.high <= 1
    assert [len(made_so_far(tuning, part)) for part in tuning.parts] == [1, 1, 1]
    assert "mean over 2 folds that no trial of their search had seen" in str(tuned)


def test_groups_stay_together(found, store):
    _, model, (X, y), _ = found
    groups = np.arange(150) // 3
    part = prepare(model, X, y, folder=store, groups=groups, space=SPACE).parts[0]
    sides = [set(groups[rows]) for rows in (part.fit, part.valid, part.test)]
    assert not (sides[0] & sides[1]) | (sides[0] & sides[2]) | (sides[1] & sides[2])


def test_what_cannot_work_is_said_first(found, store):
    _, model, (X, y), folder = found
    with pytest.raises(ParameterError, match="trials must be an integer of at least 1, got 0"):
        prepare(model, X, y, folder=store, trials=0)
    with pytest.raises(ParameterError, match="unknown parameter 'learning_rte'"):
        prepare(model, X, y, folder=store, space={"learning_rte": Range(0.1, 0.2)})
    with pytest.raises(DataError, match="a search needs 10 rows"):
        prepare(model, X[:10], y[:10] % 2, folder=store, space=SPACE)
    assert [path.name for path in store.iterdir()] == ["study.db"], "nothing is written"
    with pytest.raises(DataError, match="begun with other data"):
        tune(model, X[:-1], y[:-1], folder=folder, space=SPACE, trials=3)
    with pytest.raises(ParameterError, match="begun with other space"):
        tune(model, X, y, folder=folder, space={"batch_size": Choices((25, 50))}, trials=3)
