"""One process, which has nobody to ask, and groups that are there already; tests/distributed has the rest."""

import pytest
import torch
import torch.distributed as dist

from foveal import CNNClassifier
from foveal.core.errors import DataError, ResourceError
from foveal.train.processes.distributed import ALONE, joined


def test_alone_everything_is_given_back():
    x = torch.ones(2)
    ALONE.add(x)
    ALONE.add_gradients(list(torch.nn.Linear(1, 1).parameters()), x)
    assert x.tolist() == [1, 1]
    assert ALONE.gathered(x) is x
    assert ALONE.greatest(3, False) == [3, False]
    assert ALONE.from_first(lambda: b"word") == b"word"
    assert ALONE.agreeing(len, torch.device("cpu")) is len
    ALONE.check_same(b"a", "nothing")
    with pytest.raises(DataError, match="as it was"), joined():
        ALONE.from_first(_fails)


def _fails() -> bytes:
    raise DataError("as it was")


@pytest.mark.parametrize("settings", [{}, {"WORLD_SIZE": "1", "RANK": "0"}, {"RANK": "3"}])
def test_without_others_nobody_is_met(monkeypatch, settings):
    for name in ("WORLD_SIZE", "RANK"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with joined() as processes:
        assert processes is ALONE
        assert not dist.is_initialized()


def test_a_group_that_is_there_is_used_and_left():
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        with joined() as processes:
            assert (processes.rank, processes.world) == (0, 1)
        CNNClassifier(n_epochs=1, random_state=0).fit(torch.zeros(20, 4, 4), [0, 1] * 10)
        assert dist.is_initialized()
    finally:
        dist.destroy_process_group()


@pytest.mark.parametrize("missing", ["RANK", "MASTER_ADDR"])
def test_half_an_environment_is_an_error_of_ours(monkeypatch, missing):
    told = {"WORLD_SIZE": "2", "RANK": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1"}
    for name in told:
        monkeypatch.delenv(name, raising=False)
    for name, value in told.items():
        if name != missing:
            monkeypatch.setenv(name, value)
    with pytest.raises(ResourceError, match=missing), joined():
        pass
