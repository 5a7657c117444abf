"""Rows as a network takes them, in blocks."""

import numpy as np
import torch

from foveal import CNNClassifier, CNNRegressor
from foveal.fitted.predict import rows_of
from foveal.fitted.row_blocks import row_blocks

X = np.random.default_rng(0).normal(size=(50, 2, 6, 6)).astype(np.float32)


def test_blocks_are_all_rows_in_their_order_and_the_network_takes_them(monkeypatch):
    monkeypatch.setattr("foveal.fitted.row_blocks.block_rows", lambda fitted, source: 16)
    kinds = np.arange(50) % 2
    models = (
        (CNNClassifier(n_epochs=1, random_state=0), kinds),
        (CNNRegressor(n_epochs=1, random_state=0), X[:, 0, 0, 0]),
    )
    for model, y in models:
        fitted = model.fit(X, y).fitted_
        blocks = [x for (x,) in row_blocks(fitted, rows_of(fitted, X))]
        assert [len(block) for block in blocks] == [16, 16, 16, 2]
        assert torch.equal(torch.cat(blocks).float(), torch.from_numpy(X))
        assert all(fitted.net(block).shape[0] == len(block) for block in blocks)


def test_gradients_may_be_asked_for_within():
    fitted = CNNClassifier(n_epochs=1, random_state=0).fit(X, np.arange(50) % 2).fitted_
    for (x,) in row_blocks(fitted, rows_of(fitted, X)):
        given = x.clone().requires_grad_()
        fitted.net(given).sum().backward()
        assert given.grad.abs().sum() > 0
