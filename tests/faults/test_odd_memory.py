"""Arrays that lie oddly in memory, in X, y and weights: the values count, nothing else does."""

import numpy as np
import pytest
import torch

from .small import classifier, regressor

ROWS = np.random.default_rng(0).normal(size=(26, 6, 6)).astype(np.float32)


def packed(values, dtype=None):
    """Give the values as a field after one byte: no number lies at a multiple of its size."""
    table = np.zeros(values.shape, [("byte", "u1"), ("field", dtype or values.dtype)])
    table["field"] = values
    return table["field"]


def shifted(values):
    """Give the values one byte off, contiguous otherwise."""
    return np.frombuffer(b"\0" + values.tobytes(), values.dtype, offset=1).reshape(values.shape)


def frozen(values):
    values = values.copy()
    values.flags.writeable = False
    return values


class Own(np.ndarray):
    """An array of a class of the user's own."""


LIES = {
    "reversed rows": lambda v: v[::-1].copy()[::-1],
    "every axis reversed": lambda v: np.flip(np.flip(v).copy()),
    "the last axis reversed": lambda v: v[..., ::-1].copy()[..., ::-1],
    "every second row": lambda v: np.repeat(v, 2, axis=0)[::2],
    "every second row, backwards": lambda v: np.repeat(v[::-1], 2, axis=0)[::-2],
    "Fortran's order": np.asfortranarray,
    "read-only": frozen,
    "packed in a struct": packed,
    "one byte off": shifted,
    "big-endian": lambda v: v.astype(v.dtype.newbyteorder(">")),
    "a class of its own": lambda v: v.copy().view(Own),
    "long doubles": lambda v: v.astype(np.longdouble),
    "bytes of another array": lambda v: np.frombuffer(v.tobytes(), v.dtype).reshape(v.shape),
    "a tensor's memory": lambda v: torch.from_numpy(v.copy()).numpy(),
}


def as_map(values, folder):
    np.save(folder / "a.npy", values)
    return np.load(folder / "a.npy", mmap_mode="r")


@pytest.fixture(scope="module")
def model():
    return classifier().fit(ROWS, np.arange(26) % 2)


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("n", [1, 2, 3, 25])
def test_predictions_of_any_number_of_rows(model, lie, n, monkeypatch):
    monkeypatch.setattr("foveal.fitted.predict.rows_at_once", lambda *sizes: 2)  # the last block has one row
    X = ROWS[:n]
    np.testing.assert_allclose(model.predict_proba(LIES[lie](X)), model.predict_proba(X), atol=1e-7)
    np.testing.assert_array_equal(model.predict(LIES[lie](X)), model.predict(X))
    assert model.decision_function(LIES[lie](X)).shape == (n,)


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("shape", [(26, 36), (26, 1, 6, 6), (26, 6, 6, 1), (26, 1, 1)])
def test_layouts_with_axes_of_length_1(lie, shape, monkeypatch):
    monkeypatch.setattr("foveal.fitted.predict.rows_at_once", lambda *sizes: 2)
    X = np.resize(ROWS, shape)
    plain = classifier(do_pooling=False).fit(X, np.arange(26) % 2)
    again = classifier(do_pooling=False).fit(LIES[lie](X), np.arange(26) % 2)
    for n in (1, 25):
        odd = LIES[lie](X[:n])
        np.testing.assert_allclose(plain.predict_proba(odd), again.predict_proba(X[:n]), atol=1e-6)


@pytest.mark.parametrize("lie", LIES)
def test_a_fit_is_the_same_to_the_bit(lie, tmp_path):
    weight = np.linspace(0.5, 2, 26)
    for y, kind in ((np.arange(26) % 2, classifier), (np.arange(26.0), regressor),
                    (np.eye(3, dtype=int)[np.arange(26) % 3] | 1, classifier)):  # fmt: skip
        plain = kind().fit(ROWS, y, sample_weight=weight)
        odd = kind().fit(*map(LIES[lie], (ROWS, y)), sample_weight=LIES[lie](weight))
        np.testing.assert_array_equal(odd.predict(ROWS), plain.predict(ROWS))
        assert odd.score(LIES[lie](ROWS), LIES[lie](y)) == plain.score(ROWS, y)
        odd.partial_fit(LIES[lie](ROWS[:3]), LIES[lie](y[:3]), sample_weight=LIES[lie](weight[:3]))


@pytest.mark.parametrize("y", [np.arange(26.0), np.eye(2, dtype=int)[np.arange(26) % 2] | [0, 1]])
@pytest.mark.parametrize("lie", LIES)
def test_a_loss_that_is_a_function_is_tried_on_slices_of_y(lie, y):
    task = "regression" if y.ndim == 1 else "labels"
    kind = regressor if y.ndim == 1 else classifier
    loss = torch.nn.functional.mse_loss
    kind(loss=loss, task=task).fit(ROWS, LIES[lie](y))


@pytest.mark.parametrize("axis", [0, 1, 2, (0, 1, 2)])
def test_broadcast_rows(model, axis):
    X = np.broadcast_to(ROWS[:7].mean(axis=axis, keepdims=True), (7, 6, 6))
    np.testing.assert_array_equal(model.predict_proba(X), model.predict_proba(X.copy()))
    np.testing.assert_array_equal(model.predict_proba(X[:1]), model.predict_proba(X[:1].copy()))


@pytest.mark.parametrize("lie", ["reversed rows", "every axis reversed", "every second row"])
@pytest.mark.parametrize("n", [1, 25])
def test_views_of_a_map(model, lie, n, tmp_path, monkeypatch):
    monkeypatch.setattr("foveal.fitted.predict.rows_at_once", lambda *sizes: 2)
    X = as_map(LIES[lie](ROWS).base if lie != "every second row" else np.repeat(ROWS, 2, axis=0), tmp_path)
    X = {"reversed rows": X[::-1], "every axis reversed": np.flip(X), "every second row": X[::2]}[lie][-n:]
    np.testing.assert_array_equal(model.predict_proba(X), model.predict_proba(np.array(X)))
    y = np.arange(len(X)) % 2
    if n > 1:
        first, second = (classifier().fit(rows, y) for rows in (X, np.array(X)))
        np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))


@pytest.mark.parametrize("kernels", ["auto", "off"])
def test_one_reversed_row_of_pixels(kernels):
    pixels = np.random.default_rng(0).integers(0, 255, size=(26, 6, 6), dtype=np.uint8)
    model = classifier(kernels=kernels).fit(pixels[::-1], np.arange(26) % 2)
    np.testing.assert_array_equal(model.predict(pixels[:1][::-1, ::-1]), model.predict(pixels[:1, ::-1].copy()))
