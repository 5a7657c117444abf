"""Signals of unequal length through the estimators: fit, predict, save, load, go on, and what is refused."""

import numpy as np
import pytest
from sklearn.model_selection import cross_val_score

import foveal
from foveal import CNNClassifier, CNNRegressor
from foveal.core.errors import DataError, ParameterError
from foveal.data.signals.ragged import Ragged
from foveal.layers import Masked

pytestmark = pytest.mark.filterwarnings("ignore:augment")
NETS = (None, "fcn", "resnet_signal", "inception_time", "tcn", "wavenet")


def signals(n=24, seed=0, channels=2):
    """Make signals (C, T) of 1 to 23 steps; the classes are three levels of the first channel."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 3
    lengths = [1, 2, 3, *rng.integers(4, 24, size=n - 3)]
    return [rng.normal(size=(channels, m)) + [[k], [0]][:channels] for k, m in zip(y, lengths, strict=True)], y


def estimator(kind=CNNClassifier, **more):
    return kind(**{"layout": "NCL", "n_epochs": 1, "batch_size": 8, "valid_size": 0, "random_state": 0, **more})


def answers(model, X):
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)


@pytest.mark.long
@pytest.mark.parametrize("kind", [CNNClassifier, CNNRegressor])
@pytest.mark.parametrize("net", NETS)
def test_padding_batch_mates_and_bucket_change_no_prediction(net, kind):
    X, y = signals()
    check_alone(estimator(kind, net=net, n_epochs=2).fit(X, y), X)


@pytest.mark.parametrize("kind", [CNNClassifier, CNNRegressor])
def test_a_prediction_is_that_of_the_row_alone(kind):
    X, y = signals()
    check_alone(estimator(kind).fit(X, y), X)


def check_alone(model, X):
    together = answers(model, X)
    alone = np.concatenate([answers(model, [row]) for row in X])
    np.testing.assert_allclose(alone, together, rtol=0, atol=1e-6)
    long = [*X, np.zeros((2, 64))]  # every row is padded to 64
    np.testing.assert_allclose(answers(model, long)[:-1], together, rtol=0, atol=1e-6)
    turned = np.random.default_rng(1).permutation(len(X))
    np.testing.assert_allclose(answers(model, [X[row] for row in turned]), together[turned], rtol=0, atol=1e-6)
    x, mask = Ragged(X, "NCL").read(np.arange(len(X)))
    x[~mask] = 1e6  # what nobody looks at
    model.net_.eval()
    with foveal_no_grad():
        import torch

        parts = torch.from_numpy(x.astype(np.float32)).movedim(-1, 1), torch.from_numpy(mask)
        clean = torch.from_numpy(np.where(mask[..., None], x, 0).astype(np.float32)).movedim(-1, 1), parts[1]
        assert torch.equal(model.net_(*parts), model.net_(*clean))


def foveal_no_grad():
    import torch

    return torch.no_grad()


def test_it_learns_and_says_what_it_chose(caplog):
    X, y = signals(60)
    model = estimator(net="auto", n_epochs=8, learning_rate=0.01).fit(X, y)
    assert (model.layout_, type(model.net_), model.fitted_.settings["net"]) == ("NCL", Masked, "fcn")
    assert model.score(*signals(60, seed=1)) > 0.75  # by chance 0.33


def test_a_model_file_holds_it(tmp_path):
    X, y = signals()
    model = estimator(in_channels_list=[2, 4], out_channels=4).fit(X, y)
    model.save(tmp_path / "m")
    again = foveal.load(tmp_path / "m")
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(
        again.predict(np.stack([row[:, :1] for row in X])), model.predict([r[:, :1] for r in X])
    )
    assert again.layout_ == "NCL"
    assert again.partial_fit(X, y).n_epochs_ == 2


def test_layouts_tables_and_sources_are_the_same_rows():
    pd = pytest.importorskip("pandas")
    X, y = signals()
    expected = estimator().fit(X, y).predict_proba(X)
    turned = [row.T for row in X]
    np.testing.assert_array_equal(estimator(layout="NLC").fit(turned, y).predict_proba(turned), expected)
    table = pd.DataFrame({c: [pd.Series(row[c]) for row in X] for c in (0, 1)})
    np.testing.assert_array_equal(estimator(layout=None).fit(table, y).predict_proba(table), expected)
    source = Ragged(X, "NCL")
    np.testing.assert_array_equal(estimator(layout=None).fit(source, y).predict_proba(X), expected)


def test_validation_weights_groups_and_folds():
    X, y = signals()
    weight = np.ones(len(X))
    weight[:4] = 0
    model = estimator(n_epochs=2).fit(X, y, weight, validation=signals(seed=1))
    assert len(model.history_["valid_score"]) == 2
    estimator(valid_size=0.25).fit(X, y, groups=np.arange(len(X)) // 4)
    assert cross_val_score(estimator(), X, y, cv=2, error_score="raise").shape == (2,)


def test_a_run_that_is_left_goes_on_to_the_same_bits(tmp_path):
    X, y = signals()
    whole = estimator(n_epochs=3).fit(X, y)
    settings = {"n_epochs": 3, "checkpoint": tmp_path / "run", "checkpoint_every": 1}
    for report in estimator(**settings).epochs(X, y):
        if report.epoch == 1:
            break
    again = estimator(**settings).fit(X, y)
    for a, b in zip(whole.net_.state_dict().values(), again.net_.state_dict().values(), strict=True):
        assert (a == b).all()


def test_values_of_several_targets_in_double_precision():
    X, _ = signals(40)
    y = np.array([[row.mean(), row.std()] for row in X])
    model = estimator(CNNRegressor, net="fcn", n_epochs=2).fit(X, y)
    alone = np.concatenate([model.predict([row]) for row in X])
    np.testing.assert_allclose(alone, model.predict(X), rtol=0, atol=1e-11)


def test_a_network_of_the_users_is_given_the_mask():
    from foveal.models.landmarks.signals import fcn

    X, y = signals()
    net = lambda form, outputs: Masked(None, fcn((form[0].shape[0], 1), outputs, widths=(4, 4, 4)))  # noqa: E731
    assert estimator(net=net).fit(X, y).predict_proba(X).shape == (24, 3)


def test_what_does_not_fit_is_refused_by_name():
    X, y = signals()
    with pytest.raises(ParameterError, match=r"net: .* cannot run on rows of unequal length; use fcn"):
        estimator(net="alexnet").fit(X, y)
    with pytest.raises(DataError, match=r"X is ragged: row 0 has the shape .* give layout='NCL'"):
        estimator(layout=None).fit(X, y)
    short = {"padding": "valid", "filter_size": 3, "do_pooling": False}
    with pytest.raises(DataError, match=r"row 0 of X has 1 step, and the filters .* of 5 or more"):
        estimator(**short).fit(X, y)
    long = [row for row in X if row.shape[1] > 4]
    model = estimator(**short).fit(long, y[: len(long)])
    with pytest.raises(DataError, match=r"row 1 of X has 2 steps, and the filters"):
        model.predict([long[0], X[1]])
    with pytest.raises(
        DataError, match=r"X must have rows x \(2, None\), mask \(None,\), as at fit, got x \(1, None\)"
    ):
        model.predict([row[:1] for row in long])
    with pytest.raises(ParameterError, match="tta='flip' looks at signals, pictures and volumes, and rows are"):
        model.predict(long, tta="flip")
