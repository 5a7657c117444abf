"""A symbol at the start is named at the end: what is further back than an answer sees cannot be learnt.

Each row is a copy-memory task (Bai, Kolter and Koltun 2018, section 4) in the form of a classification: channels 0 to 9
are the symbols, one of which is on at the first step; channel 10 is on at the blank steps, channel 11 at the last one,
which asks for the symbol. The answer is read there.
"""

import numpy as np
import pytest

from foveal import CNNClassifier
from foveal.models.landmarks.causal import tcn

SYMBOLS, GAP, ROWS = 10, 60, 512
FILTER, DILATED, PLAIN = 3, (1, 2, 4, 8, 16), (1, 1, 1, 1, 1)


def copy_memory(seed, rows=ROWS, gap=GAP):
    """Give rows (N, 12, gap + 2) and the symbols at their start."""
    y = np.random.default_rng(seed).integers(SYMBOLS, size=rows)
    X = np.zeros((rows, SYMBOLS + 2, gap + 2), np.float32)
    X[np.arange(rows), y, 0] = 1
    X[:, SYMBOLS, 1:-1] = 1
    X[:, SYMBOLS + 1, -1] = 1
    return X, y


def accuracy(dilations, seed):
    def net(input_shape, n_outputs):
        return tcn(input_shape, n_outputs, width=16, filter_size=FILTER, dilations=dilations)

    sizes = {"n_epochs": 15, "batch_size": 32, "learning_rate": 0.002, "valid_size": 0, "layout": "NCL"}
    model = CNNClassifier(net=net, random_state=seed, **sizes).fit(*copy_memory(2 * seed))
    return model.score(*copy_memory(2 * seed + 1))


def field(dilations):
    return 1 + 2 * (FILTER - 1) * sum(dilations)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_a_dilated_stack_remembers_what_a_plain_one_cannot_see(seed):
    """Ten layers and as many weights in both: one sees 125 steps (five seeds: 1.00), the other 21 (0.09 to 0.12)."""
    assert field(PLAIN) < GAP < field(DILATED)
    assert accuracy(DILATED, seed) >= 0.95
    assert abs(accuracy(PLAIN, seed) - 1 / SYMBOLS) < 4 * np.sqrt(0.1 * 0.9 / ROWS)  # four binomial deviations
