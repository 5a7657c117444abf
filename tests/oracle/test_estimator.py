"""From raw arrays to predictions: the estimators against the NumPy network on data scaled by the formulas."""

import numpy as np
import pytest
import torch
from scipy.special import expit, softmax

from foveal import CNN, CNNClassifier, CNNRegressor

from .losses import LOSSES, OF_CLASSES, some_targets
from .numpy_network import Network
from .wiring import OUTPUTS, SHAPE, in_numpy

EPOCHS, ROWS, RATE = 20, 12, 0.01
SETTINGS = {
    "in_channels_list": (None, 3), "out_channels": 4, "in_features_list": (None, 5), "do_dropout": False,
    "precision": "float64", "device": "cpu", "valid_size": 0, "shuffle": False, "schedule": "constant",
    "batch_size": ROWS, "random_state": 0,
}  # fmt: skip


def image_rows(loss, seed=2):
    """Return images far from mean 0 and deviation 1, targets likewise, and weights."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(ROWS, *SHAPE)) * np.array([3.0, 0.2])[:, None, None] + np.array([50.0, -1.0])[:, None, None]
    y = some_targets(loss, rng, ROWS, OUTPUTS)
    if loss in ("mse", "mae", "huber"):
        y = y * np.array([10.0, 1.0, 0.1]) + np.array([100.0, -2.0, 0.0])
    return x, y, rng.random(ROWS) + 0.1


def standardised(values, axes):
    mean, deviation = values.mean(axis=axes, keepdims=True), values.std(axis=axes, keepdims=True)
    deviation = np.where(deviation == 0, 1, deviation)  # of a constant channel
    return (values - mean) / deviation, mean, deviation


def initial_network(make, x, y, **settings):
    """Give the untrained network of the same seed: one step of no length leaves the initial weights."""
    settings = {**settings, "optimizer": "sgd", "learning_rate": 1e-300, "n_epochs": 1}
    return make(**SETTINGS, **settings).fit(x, y).net_.body


def fit_both(make, x, y, pixels, targets, weights=None, *, loss, lambda_=0.0, smoothing=0.0, **settings):
    """Fit the estimator on (x, y), the NumPy network on what these should become; compare the losses."""
    settings = {**settings, "loss": loss, "lambda_": lambda_, "label_smoothing": smoothing}
    network = Network(in_numpy(initial_network(make, x, y, **settings)), loss, "adam", RATE, lambda_)
    if smoothing:
        network.loss = lambda z, t: LOSSES[loss](z, t, smoothing=smoothing)
    model = make(**SETTINGS, **settings, optimizer="adam", learning_rate=RATE, n_epochs=EPOCHS)
    model.fit(x, y, sample_weight=weights)
    expected = [network.step(pixels, targets, weights) for _ in range(EPOCHS)]
    assert abs(expected[-1] - expected[0]) > 0.01
    np.testing.assert_allclose(model.history_["train_loss"], expected, rtol=1e-8, atol=1e-8)
    return model, network.forward(pixels, training=False)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("lambda_", [0.0, 0.01])
@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_cnn_with_every_loss(loss, lambda_, weighted):
    x, y, weights = image_rows(loss)
    targets = standardised(y, 0)[0] if y.ndim == 2 and loss != "binary_cross_entropy" else y
    pixels = standardised(x, (0, 2, 3))[0]
    fit_both(CNN, x, y, pixels, targets, weights if weighted else None, loss=loss, lambda_=lambda_)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("loss", OF_CLASSES)
def test_classifier_predicts_the_networks_classes(loss, smoothing):
    x, y, _ = image_rows(loss)
    names = np.array(["cat", "dog", "elk"])
    smoothing = 0.0 if loss == "hinge" else smoothing
    model, z = fit_both(
        CNNClassifier, x, names[y], standardised(x, (0, 2, 3))[0], y, loss=loss, smoothing=smoothing
    )  # fmt: skip
    assert model.predict(x).tolist() == names[z.argmax(axis=1)].tolist()
    if loss != "hinge":
        np.testing.assert_allclose(model.predict_proba(x), softmax(z, axis=1), rtol=1e-6)


def test_several_labels_have_a_sigmoid_each():
    x, y, _ = image_rows("binary_cross_entropy")
    model, z = fit_both(CNN, x, y.astype(int), standardised(x, (0, 2, 3))[0], y, loss="binary_cross_entropy")
    assert np.array_equal(model.predict(x), z > 0)
    np.testing.assert_allclose(model.predict_proba(x), expit(z), rtol=1e-6)


@pytest.mark.parametrize("columns", [1, 3])
@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_regressor_predicts_in_the_users_units(loss, columns):
    x, y, weights = image_rows(loss)
    y = y[:, :columns]
    targets, mean, deviation = standardised(y, 0)
    given = y[:, 0] if columns == 1 else y
    model, z = fit_both(CNNRegressor, x, given, standardised(x, (0, 2, 3))[0], targets, weights, loss=loss)
    np.testing.assert_allclose(model.predict(x), (z * deviation + mean).reshape(given.shape), rtol=1e-6)


def test_bytes_are_divided_by_255():
    rng = np.random.default_rng(3)
    x, y = rng.integers(0, 256, size=(ROWS, 7, 6), dtype=np.uint8), np.arange(ROWS) % OUTPUTS
    fit_both(CNN, x, y, standardised(x[:, None] / 255, (0, 2, 3))[0], y, loss="cross_entropy")


def test_a_constant_channel_has_deviation_one():
    x, y, _ = image_rows("cross_entropy")
    x[:, 1] = 4.5
    fit_both(CNN, x, y, standardised(x, (0, 2, 3))[0], y, loss="cross_entropy")


@pytest.mark.parametrize(("layout", "axes"), [("NCHW", (0, 1, 2, 3)), ("NHWC", (0, 2, 3, 1))])
def test_layouts_are_the_same_network(layout, axes):
    x, y, _ = image_rows("cross_entropy")
    fit_both(CNN, x.transpose(axes), y, standardised(x, (0, 2, 3))[0], y, loss="cross_entropy", layout=layout)


def test_class_weights_are_row_weights():
    x, y, weights = image_rows("cross_entropy")
    by_class, pixels = {0: 3.0, 1: 0.5, 2: 1.0}, standardised(x, (0, 2, 3))[0]
    model = CNN(**SETTINGS, class_weight=by_class, learning_rate=RATE, n_epochs=EPOCHS).fit(x, y, sample_weight=weights)
    network = Network(in_numpy(initial_network(CNN, x, y)), "cross_entropy", "adam", RATE)
    rows = weights * np.array([by_class[c] for c in y])
    expected = [network.step(pixels, y, rows) for _ in range(EPOCHS)]
    np.testing.assert_allclose(model.history_["train_loss"], expected, rtol=1e-8)


def test_a_class_without_weight_is_as_good_as_not_there():
    """Its rows fill no batch and do not count in the input's mean and deviation; its output stays."""
    x, _, _ = image_rows("cross_entropy")
    y = np.repeat([0, 1, 2], 4)
    settings = {"do_batch_norm": False, "optimizer": "sgd", "learning_rate": 0.1, "n_epochs": 5}
    network = Network(in_numpy(initial_network(CNN, x, y, do_batch_norm=False)), "cross_entropy", "sgd", 0.1)
    model = CNN(**{**SETTINGS, **settings, "batch_size": 4}, class_weight={1: 0.0}).fit(x, y)
    pixels, kept = standardised(x[y != 1], (0, 2, 3))[0], y[y != 1]
    batches = slice(0, 4), slice(4, 8)
    expected = [np.mean([network.step(pixels[b], kept[b]) for b in batches]) for _ in range(5)]
    np.testing.assert_allclose(model.history_["train_loss"], expected, rtol=1e-8)


@pytest.mark.parametrize("scale", [1e-20, 1e20])
def test_only_the_ratios_of_weights_count(scale):
    """The weighted loss is divided by the sum of weights, however small that is."""
    x, y, weights = image_rows("cross_entropy")
    fits = [CNN(**SETTINGS, n_epochs=3).fit(x, y, sample_weight=w) for w in (weights, weights * scale)]
    np.testing.assert_allclose(fits[1].history_["train_loss"], fits[0].history_["train_loss"], rtol=1e-10)


@pytest.mark.parametrize("reduction", ["none", "mean"])
def test_a_loss_that_is_a_function(reduction):
    """It may return a loss for each row, or their mean."""
    x, y, weights = image_rows("cross_entropy")
    weights = weights if reduction == "none" else None  # a mean holds its rows' weights already

    def loss(outputs, targets):
        return torch.nn.functional.cross_entropy(outputs, targets, reduction=reduction)

    fits = [
        CNN(**SETTINGS, n_epochs=3, loss=f, task="classification", lambda_=0.01).fit(x, y, sample_weight=weights)
        for f in (loss, "cross_entropy")
    ]
    np.testing.assert_allclose(fits[0].history_["train_loss"], fits[1].history_["train_loss"], rtol=1e-10)


def test_partial_fit_is_one_step_on_the_first_calls_scale():
    """Weights, running statistics and Adam's averages are kept from call to call, and so is the input's scale."""
    x, y, weights = image_rows("cross_entropy")
    mean, deviation = standardised(x, (0, 2, 3))[1:]
    model = CNN(**SETTINGS, learning_rate=RATE)
    network = Network(in_numpy(initial_network(CNN, x, y)), "cross_entropy", "adam", RATE)
    for shift in range(5):
        later = x + 0.1 * shift
        model.partial_fit(later, y, classes=[0, 1, 2], sample_weight=weights)
        expected = network.step((later - mean) / deviation, y, weights)
        assert model.history_["train_loss"][-1] == pytest.approx(expected, rel=1e-8)
    z = network.forward((x - mean) / deviation, training=False)
    np.testing.assert_allclose(model.predict_proba(x), softmax(z, axis=1), rtol=1e-6)
