"""Kernels on PyTorch's threads: none are added, and where OpenMP gives too few the kernels have their own."""

import os
import subprocess
import sys

import pytest

from foveal.kernels.library import load
from foveal.kernels.team import tell_team

pytestmark = [
    pytest.mark.skipif(load() is None, reason="there are no compiled kernels"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="PyTorch's OpenMP is another one elsewhere"),
]

#: Answers of three threads beside those of one; prints how many threads the process has more than before.
ASKED = """
import os, sys
import psutil, torch
from torch import nn
from foveal.kernels.inference import open_answers
from foveal.models import PlainStack

torch.manual_seed(0)
net = PlainStack((1, 8, 8), 3, in_channels_list=(1, 4), out_channels=4, in_features_list=(None, 5)).eval()
x = torch.randn(50, 1, 8, 8)
torch.set_num_threads(3)
torch.randn(10**6).exp()  # now PyTorch has its threads
before = psutil.Process().num_threads()
answers = open_answers(net, (1, 8, 8), 50, 3)
if "forked" in sys.argv:
    if child := os.fork():
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    before = psutil.Process().num_threads()
with torch.inference_mode():
    three = answers(x)
    added = psutil.Process().num_threads() - before
    one = open_answers(net, (1, 8, 8), 50, 1)(x)
    assert torch.equal(one, answers(x)) and torch.equal(one, three)
print(added)
sys.stdout.flush()
os._exit(0)
"""


def added(*arguments, **environment):
    command = [sys.executable, "-c", ASKED, *arguments]
    done = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return int(done.stdout)


def test_torch_has_an_openmp_that_serves():
    assert tell_team(load())


def test_kernels_add_no_threads_to_those_of_torch():
    assert added() == 0


def test_where_openmp_may_not_have_as_many_the_kernels_have_their_own():
    assert added(OMP_THREAD_LIMIT="2") == 2


def test_a_forked_process_has_its_own():
    assert added("forked") == 2
