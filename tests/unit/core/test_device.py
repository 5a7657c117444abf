"""Devices, precision and threads."""

import threading

import pytest
import torch

from foveal.core import device as devices
from foveal.core.device import resolve_device, resolve_precision, running_threads, threads_for
from foveal.core.errors import ParameterError, ResourceError

CPU = torch.device("cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="asks for a GPU where there is none")
def test_a_gpu_that_is_not_there_is_refused_with_a_way_out():
    with pytest.raises(ResourceError, match="use device='cpu'"):
        resolve_device("cuda")
    assert resolve_device("auto") == CPU


def test_a_device_that_cannot_be_is_a_wrong_parameter():
    with pytest.raises(ParameterError, match="device must be"):
        resolve_device("cpu:x")


def test_bfloat16_without_the_instructions_is_refused_with_the_reason(monkeypatch):
    monkeypatch.setattr(devices, "_cpu_has_bfloat16", lambda: False)
    with pytest.raises(ResourceError, match="AVX512_BF16 or AMX"):
        resolve_precision("bfloat16", CPU)
    assert resolve_precision("auto", CPU) == "float32"


def test_threads_follow_the_work_and_are_given_back():
    before = torch.get_num_threads()
    assert threads_for(1e6, CPU) == 1
    assert threads_for(1e12, CPU) == before
    with running_threads(1):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def threads_of_new_threads():
    found = []
    thread = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    return found[0]


def test_threads_that_begin_meanwhile_and_later_have_the_count_of_the_process():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with running_threads(1):
            assert (torch.get_num_threads(), threads_of_new_threads()) == (1, 3)
        assert (torch.get_num_threads(), threads_of_new_threads()) == (3, 3)
    finally:
        torch.set_num_threads(before)


def test_counts_that_overlap_leave_each_thread_its_own():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    inside, leave, seen = threading.Event(), threading.Event(), []

    def stay():
        with running_threads(1):
            inside.set()
            leave.wait(30)
        seen.append(torch.get_num_threads())

    thread = threading.Thread(target=stay)
    thread.start()
    assert inside.wait(30)
    try:
        with running_threads(2):
            leave.set()
            thread.join()
        assert seen == [3]
        assert (torch.get_num_threads(), threads_of_new_threads()) == (3, 3)
    finally:
        torch.set_num_threads(before)
