import subprocess
import sys

import pytest

from foveal.core.errors import ParameterError
from foveal.models.landmarks.densenet import densenet_of_depth
from foveal.models.landmarks.parts import blocks_of_a_stage
from foveal.models.landmarks.preact import preact_resnet_of_depth, wide_resnet
from foveal.models.landmarks.small_resnet import small_resnet

BUILT = """
import sys
import numpy as np
from foveal import CNNClassifier

X = np.zeros((4, 64, 64), np.uint8)
X[::2] = 9
CNNClassifier(net="compact_resnet", n_epochs=1, random_state=0).fit(X, [0, 1, 0, 1])
print("torch._dynamo" in sys.modules, "torch._inductor" in sys.modules)
"""


@pytest.mark.parametrize(
    ("make", "depth", "said"),
    [
        (small_resnet, 21, r"depth must be 6 n \+ 2, got 21; use 20 or 26"),
        (preact_resnet_of_depth, 2, r"depth must be 9 n \+ 2, got 2; use 11"),
        (wide_resnet, -30, r"depth must be 6 n \+ 4, got -30; use 10"),
        (densenet_of_depth, 41, r"depth must be 6 n \+ 4, got 41; use 40 or 46"),
    ],
)
def test_a_depth_that_no_stages_add_up_to_is_refused_with_those_that_do(make, depth, said):
    with pytest.raises(ParameterError, match=said):
        make((3, 32, 32), 10, depth=depth)


def test_depths_of_the_papers_add_up():
    assert [blocks_of_a_stage(depth, per_block=6, others=2) for depth in (20, 32, 44, 56, 110)] == [3, 5, 7, 9, 18]


def test_a_fit_of_the_catalogue_loads_no_compiler():
    told = subprocess.run([sys.executable, "-c", BUILT], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "False"]
