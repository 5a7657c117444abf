"""Processes meet the living, whatever the dead have left in the store."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch.distributed as dist

from foveal.train.processes.rendezvous import common_name


def meet(store, world: int) -> set[str]:
    with ThreadPoolExecutor(world) as threads:
        return set(threads.map(lambda rank: common_name(store, rank, world, 20), range(world)))


def test_every_start_has_a_name_of_its_own():
    """Three, then two that find what three have left, then four."""
    store, names = dist.HashStore(), []
    for world in (3, 2, 2, 4):
        (name,) = meet(store, world)
        names.append(name)
    assert len(set(names)) == 4


def test_a_process_that_comes_late_is_waited_for():
    store = dist.HashStore()
    (old,) = meet(store, 2)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(common_name, store, 0, 2, 20)  # hears the dead one's hello
        assert not first.done()
        second = threads.submit(common_name, store, 1, 2, 20)
        assert first.result() == second.result() != old


def test_who_waits_in_vain_is_told():
    store = dist.HashStore()
    meet(store, 2)
    with pytest.raises(TimeoutError, match="not all of 2 processes came within 0 s"):
        common_name(store, 0, 2, 0.1)
