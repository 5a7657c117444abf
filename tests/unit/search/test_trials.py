import numpy as np
import pytest

from foveal.core.errors import DivergedError, ParameterError
from foveal.search.space import Choices, Range
from foveal.search.study import opened
from foveal.search.trials import Part, clone_with, finished_trials, make_trial


@pytest.fixture
def part():
    return Part("search", np.arange(100), np.arange(100, 130), np.arange(130, 150))


def study_of(folder, **space):
    return opened(folder, "search", 0, space or {"learning_rate": Range(1e-3, 1e-2)}, {})


def test_a_trial_tells_every_epoch_and_its_last_score(store, small, digits, part):
    with study_of(store) as study:
        taken = study.take(1)
        done = make_trial(small, digits, part, study, taken)
        told = study.finished()[0].intermediate_values
    model = clone_with(small, taken.values, taken.seed)
    X, y = digits
    model.fit(X[part.fit], y[part.fit], validation=(X[part.valid], y[part.valid]))
    assert (done.number, done.state, done.epochs) == (0, "complete", 2)
    assert list(told.values()) == model.history_["valid_score"]
    assert done.score == model.history_["valid_score"][-1]
    assert done.values == dict(taken.values)


def test_one_that_diverges_counts_as_pruned(store, small, digits, part, monkeypatch):
    def diverging(self, *args, **how):
        yield from ()
        raise DivergedError("the training loss became nan")

    monkeypatch.setattr(type(small), "epochs", diverging)
    with study_of(store) as study:
        done = make_trial(small, digits, part, study, study.take(1))
        assert study.take(1) is None
    assert (done.state, done.score, done.said) == ("pruned", None, "diverged: the training loss became nan")


def test_one_that_is_interrupted_leaves_its_place(store, small, digits, part, monkeypatch):
    def interrupted(self, *args, **how):
        yield from ()
        raise KeyboardInterrupt

    with study_of(store) as study:
        taken = study.take(1)
        with monkeypatch.context() as patch:
            patch.setattr(type(small), "epochs", interrupted)
            with pytest.raises(KeyboardInterrupt):
                make_trial(small, digits, part, study, taken)
        again = study.take(1)
        assert (again.place, again.values) == (taken.place, taken.values)
        make_trial(small, digits, part, study, again)
        assert [t.state for t in finished_trials(study)] == ["complete"]


def test_values_that_cannot_be_trained_with_are_named(store, small, digits, part):
    with study_of(store, loss=Choices(("mse", "mae"))) as study:
        taken = study.take(1)
        with pytest.raises(ParameterError, match=r"trial 1 with loss='m\w+': loss='m\w+' does not fit classification"):
            make_trial(small, digits, part, study, taken)
        assert finished_trials(study) == []


def test_a_bad_trial_ends_early(store, small, digits, part):
    """The median of five good ones is above what a network gives whose rate is nearly zero."""
    small.set_params(n_epochs=8)
    with study_of(store, learning_rate=Choices((1e-9, 1e-2))) as study:
        for place in range(5):
            taken = study.take(6)
            taken.values["learning_rate"] = 1e-2
            assert make_trial(small, digits, part, study, taken).state == "complete", place
        taken = study.take(6)
        taken.values["learning_rate"] = 1e-9
        done = make_trial(small, digits, part, study, taken)
    assert done.state == "pruned"
    assert 4 <= done.epochs < 8
