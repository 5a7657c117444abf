"""The catalogue of networks of tokens and items, and what is told of rows and networks that do not go together."""

import numpy as np
import pytest
from torch import nn

from foveal import CNNClassifier
from foveal.core.choices import NETS, TOKEN_NETS
from foveal.core.errors import ParameterError
from foveal.core.forms import Part
from foveal.models import MODELS
from foveal.models.of_tokens import TOKEN_MODELS


class Tokens:
    """Rows of some numbers below `values`, which is learnt from the training rows."""

    in_memory = True
    lengths = None

    def __init__(self, rows, values=None):
        self.rows, self.values = rows, values

    @property
    def form(self):
        return (Part("tokens", (4,), "int64", values=self.values),)

    def __len__(self):
        return len(self.rows)

    def read(self, rows):
        return (np.minimum(self.rows[rows], (self.values or 10**9) - 1),)

    def chosen(self, rows):
        return Tokens(self.rows[rows], self.values)

    def statistics(self, rows, dtype):
        return None

    def digest(self):
        return self.rows.tobytes()

    def learnt(self, rows):
        return Tokens(self.rows, int(self.rows[rows].max()) + 2)

    def alike(self, X, name="X"):
        return Tokens(np.asarray(X), self.values)


def embedding(shape, outputs):
    return nn.Sequential(nn.Embedding(10, 4), nn.Flatten(), nn.Linear(16, outputs))


def test_the_names_are_those_of_the_choices_and_no_network_stands_in_both_tables():
    assert tuple(TOKEN_MODELS) == TOKEN_NETS
    assert not set(TOKEN_NETS) & set(NETS)
    assert all(network.takes != "x" for network in TOKEN_MODELS.values())
    assert all(network.takes == "x" for network in MODELS.values())


def test_a_network_of_arrays_is_refused_for_tokens():
    rows = Tokens(np.zeros((8, 4), np.int64))
    with pytest.raises(ParameterError, match=r"net='fcn' takes rows that are one array of a fixed shape"):
        CNNClassifier(net="fcn").fit(rows, [0, 1] * 4)


def test_a_source_learns_from_the_training_rows_alone():
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 9, size=(40, 4))
    held = rng.integers(0, 99, size=(8, 4))  # of larger numbers than any to learn from

    source = Tokens(rows)
    model = CNNClassifier(net=embedding, n_epochs=1, random_state=0).fit(
        source, [0, 1] * 20, validation=(held, [0, 1] * 4)
    )
    assert model.fitted_.form[0].values == 10
    assert source.values is None  # what fit was given is as it was
    assert model.predict(Tokens(rows, 10)).shape == (40,)
