"""One, two and three processes with the same batches learn the same."""

import numpy as np
import pytest

from .agree import TIMES
from .cases import CASES, EXACT, ORDINARY, STEPS, fitted, weights
from .crew import ROOT, crew, finish


def weights_of(folder, cases):
    """Fit cases in crews of two and three; give what each process found, by (processes, rank)."""
    for world in (2, 3):
        with crew(world, ROOT / "tests/distributed/agree.py", folder, *cases) as processes:
            for code, said in finish(processes, folder):
                assert code == 0, said
    return {(w, r): dict(np.load(folder / f"{w}-{r}.npz")) for w in (2, 3) for r in range(w)}


def check(case, found):
    """Hold a case against the same in this process: 20 steps, to 1e-5 in float32 and to 1e-9 in float64."""
    model = fitted(case)
    expected, history = weights(model), [column for name, column in model.history_.items() if name not in TIMES]
    apart = {world: np.abs(found[world, 0][case] - expected).max() for world in (2, 3)}
    print(f"{case}: {model._state.step} steps, 2 processes {apart[2]:.1e}, 3 processes {apart[3]:.1e}")
    assert model._state.step >= STEPS
    assert np.abs(weights(fitted(case, n_epochs=1)) - expected).max() > 1e-4  # else there is nothing to agree on
    assert max(apart.values()) < (1e-9 if case in EXACT else 1e-5)
    for world in (2, 3):
        np.testing.assert_allclose(found[world, 0][f"{case} history"], history, rtol=1e-4, atol=1e-5)


def check_equal(found, cases):
    """Every process ends with the same estimator, to the bit, its history's times included."""
    for world, rank in found:
        assert len(found[world, rank]) == 3 * len(cases)
        for name, value in found[world, rank].items():
            assert np.array_equal(value, found[world, 0][name], equal_nan=True), (world, rank, name)


def test_one_two_and_three_processes_learn_the_same(tmp_path):
    found = weights_of(tmp_path, ORDINARY)
    for case in ORDINARY:
        check(case, found)
    check_equal(found, ORDINARY)


@pytest.mark.long
def test_with_each_setting_by_itself(tmp_path):
    cases = [case for case in CASES if case not in ORDINARY]
    found = weights_of(tmp_path, cases)
    for case in cases:
        check(case, found)
    check_equal(found, cases)
