import shutil

import numpy as np
import pytest
from sklearn.datasets import load_digits

from foveal import CNNClassifier


@pytest.fixture(scope="session")
def digits():
    """150 digits: (150, 8, 8) and their labels."""
    X, y = load_digits(return_X_y=True)
    return X[:150].reshape(-1, 8, 8).astype(np.float32), y[:150]


@pytest.fixture(scope="session")
def tables(tmp_path_factory):
    """A study.db with Optuna's tables, which take longer to make than a trial of these tests."""
    from foveal.search.space import Range
    from foveal.search.study import STUDY, opened

    folder = tmp_path_factory.mktemp("tables")
    with opened(folder, "another", 0, {"learning_rate": Range(0.1, 0.2)}, {}):
        pass
    return folder / STUDY


@pytest.fixture
def store(tmp_path, tables):
    """A folder whose study.db holds another search, without trials."""
    shutil.copy(tables, tmp_path)
    return tmp_path


@pytest.fixture
def small():
    """A network that trains in a few hundredths of a second."""
    sizes = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8)}
    return CNNClassifier(n_epochs=2, random_state=0, batch_size=50, **sizes)
