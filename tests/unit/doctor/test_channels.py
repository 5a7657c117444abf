import numpy as np

from foveal.doctor.channels import channels

from .planted import of_arrays

RNG = np.random.default_rng(0)


def told(X, y=None, X_test=None):
    y = np.zeros(len(X), int) if y is None else y
    y_test = None if X_test is None else np.zeros(len(X_test), int)
    return {
        finding.check: finding
        for finding in channels(
            of_arrays(X, y, X_test, y_test, layout="NCL" if X.ndim == 3 and X.dtype != np.uint8 else None)
        )
    }


def test_noise_has_no_finding():
    assert told(RNG.normal(size=(200, 3, 20)), X_test=RNG.normal(size=(80, 3, 20))) == {}


def test_a_constant_column_of_a_table_is_named():
    X = RNG.normal(size=(60, 4))
    X[:, 2] = 7
    found = told(X)["constant-channels"]
    assert found.table == (("channel", "value"), ("column 2", "7"))


def test_a_blank_picture_is_found_among_others():
    X = RNG.integers(0, 256, (30, 8, 8), dtype=np.uint8)
    X[11] = 255
    assert told(X)["blank"].groups == ((11,),)


def test_a_channel_that_is_brighter_in_the_test_part_drifts():
    X, X_test = RNG.normal(size=(200, 2, 30)), RNG.normal(size=(100, 2, 30))
    X_test[:, 1] += 0.3
    found = told(X, X_test=X_test)["drift-between-parts"]
    assert "the mean of channel 1" in found.what
    assert [line[0] for line in found.table[1:]] == ["channel 1"]


def test_a_slow_drift_is_a_note_and_classes_that_lie_in_order_are_none():
    X = RNG.normal(size=(300, 1, 40)) + np.linspace(0, 1, 300)[:, None, None]
    assert told(X)["drift-along-order"].severity == "note"
    y = np.repeat([0, 1, 2], 100)
    X = RNG.normal(size=(300, 1, 40)) + y[:, None, None]
    assert "drift-along-order" not in told(X, y)
