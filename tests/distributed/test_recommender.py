"""Two and three processes learn from histories what one does."""

import numpy as np
import pytest

from .crew import ROOT, crew, finish
from .recommend import trained


@pytest.mark.parametrize("world", [2, 3])
def test_processes_share_the_histories_of_a_batch(world, tmp_path):
    expected = np.concatenate(trained(tmp_path))
    with crew(world, ROOT / "tests/distributed/recommend.py", tmp_path) as processes:
        for code, said in finish(processes, tmp_path):
            assert code == 0, said
    found = [np.load(tmp_path / f"{rank}.npy") for rank in range(world)]
    assert all(np.array_equal(found[0], other) for other in found)
    np.testing.assert_allclose(found[0], expected, atol=1e-5)
