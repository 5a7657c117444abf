"""Two processes learn to translate as one does: the same batches, masks and cuts."""

import numpy as np

from .crew import ROOT, crew, finish
from .translations import fitted, found


def test_two_processes_learn_what_one_does(tmp_path):
    with crew(2, ROOT / "tests/distributed/translations.py", tmp_path) as processes:
        for code, said in finish(processes, tmp_path):
            assert code == 0, said
    alone = found(fitted())
    for rank in range(2):
        shared = np.load(tmp_path / f"2-{rank}.npz")
        np.testing.assert_allclose(shared["losses"], alone["losses"], atol=1e-9)
        np.testing.assert_allclose(shared["weights"], alone["weights"], atol=1e-9)
