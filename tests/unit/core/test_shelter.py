"""What is computed inside does not follow the caller's settings of PyTorch, and they come back."""

import os
import threading

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from foveal.core.shelter import repeatable, sheltered


class Odd(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        raise AssertionError("nothing inside comes by here")


@pytest.fixture(autouse=True)
def as_it_was():
    yield
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)


def test_a_default_dtype_is_put_back_and_one_that_was_set_inside_stays():
    torch.set_default_dtype(torch.float64)
    with sheltered():
        assert torch.zeros(1).dtype == torch.float32
        with sheltered():
            pass
        assert torch.get_default_dtype() == torch.float32
    assert torch.get_default_dtype() == torch.float64
    with sheltered():
        torch.set_default_dtype(torch.float16)
    assert torch.get_default_dtype() == torch.float16


def test_the_last_of_several_threads_puts_the_default_dtype_back():
    torch.set_default_dtype(torch.float64)
    inside, leave, seen = threading.Event(), threading.Event(), []

    def stay():
        with sheltered():
            inside.set()
            leave.wait(30)
            seen.append(torch.get_default_dtype())

    thread = threading.Thread(target=stay)
    with sheltered():
        thread.start()
        assert inside.wait(30)
    assert torch.get_default_dtype() == torch.float32  # the other one is at work
    leave.set()
    thread.join()
    assert seen == [torch.float32]
    assert torch.get_default_dtype() == torch.float64


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_forked_process_counts_only_itself():
    torch.set_default_dtype(torch.float64)
    inside, leave = threading.Event(), threading.Event()

    def stay():
        with sheltered():
            inside.set()
            leave.wait(30)

    thread = threading.Thread(target=stay)
    thread.start()
    assert inside.wait(30)
    with sheltered():
        child = os.fork()
    if child == 0:
        os._exit(0 if torch.get_default_dtype() == torch.float64 else 1)
    leave.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_default_device_modes_autocast_and_gradients():
    torch.set_default_device("meta")
    with torch.autocast("cpu", dtype=torch.bfloat16), torch.inference_mode(), Odd():
        with sheltered():
            x = torch.ones(2, 2, requires_grad=True)
            (x @ x).sum().backward()
            assert x.device.type == "cpu"
            assert (x @ x).dtype == torch.float32
        assert torch.is_autocast_enabled("cpu")
        assert torch.is_inference_mode_enabled()
        assert torch._C._len_torch_dispatch_stack() == 1
    assert torch.zeros(1).device.type == "meta"


def test_what_fails_inside_leaves_the_settings_too():
    torch.set_default_dtype(torch.float64)
    with torch.no_grad(), torch.device("meta"), pytest.raises(ZeroDivisionError), sheltered():
        raise ZeroDivisionError
    assert torch.get_default_dtype() == torch.float64
    assert torch.zeros(1).device.type == "cpu"


def test_cudnn_is_kept_to_algorithms_that_repeat_while_a_gpu_trains_and_then_as_it_was():
    assert not torch.backends.cudnn.deterministic
    with repeatable(torch.device("cuda")):
        assert torch.backends.cudnn.deterministic
        with repeatable(torch.device("cuda")):
            pass
        assert torch.backends.cudnn.deterministic
    assert not torch.backends.cudnn.deterministic
    with repeatable(torch.device("cpu")):
        assert not torch.backends.cudnn.deterministic
