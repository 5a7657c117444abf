"""A fit in small: nothing of the fit is moved by it."""

import numpy as np
import torch
from torch import nn

from foveal import CNNClassifier
from foveal.fitting.rehearsal import rehearse

X, Y = np.random.default_rng(0).normal(size=(20, 4, 4)), np.arange(20) % 2


class Seen(nn.Module):
    """Note the rows of each pass in training."""

    rows: list[int] = []  # noqa: RUF012  (of all copies)

    def __init__(self):
        super().__init__()
        self.norm, self.dense = nn.BatchNorm1d(16), nn.Linear(16, 2)

    def forward(self, x):
        if self.training and self.dense.weight.requires_grad:
            Seen.rows.append(len(x))
        return self.dense(self.norm(x.flatten(1)))


def prepared(**parameters):
    given = {"net": Seen(), "valid_size": 0, "random_state": 0, **parameters}
    model = CNNClassifier(**given)
    return model._prepared(X, Y)


def test_nothing_of_the_fit_is_moved():
    job = prepared(ema_decay=0.9)
    before = {name: value.clone() for name, value in job.state.net.state_dict().items()}
    drawn = torch.random.get_rng_state()
    rehearse(job.parameters, job.state, job.batches, job.task, job.config, 2, saves=True)
    assert all(torch.equal(before[name], value) for name, value in job.state.net.state_dict().items())
    assert not job.state.optimizer.state
    assert torch.equal(torch.random.get_rng_state(), drawn)
    assert job.state.step == 0


def test_the_fewest_rows_of_a_step_are_tried():
    job = prepared(batch_size=9)  # 9, 9 and 2 rows
    Seen.rows.clear()
    rehearse(job.parameters, job.state, job.batches, job.task, job.config, 2)
    assert Seen.rows == [4, 4, 4, 2]  # the first pass looks at the outputs


def test_nothing_is_rehearsed_where_nothing_is_the_users():
    job = prepared(batch_size=9)
    Seen.rows.clear()
    rehearse({**job.parameters, "net": None}, job.state, job.batches, job.task, job.config, 2)
    assert Seen.rows == []
