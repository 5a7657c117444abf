"""Devices, precision and threads."""

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
