"""Seeds and generators."""

import numpy as np
import pytest
import torch

from foveal.core.randomness import borrowed_generator, derive, generator, seed_of


def test_seeds_of_different_purposes_and_counters_differ():
    seeds = {derive(s, p, e, b) for s in range(5) for p in ("order", "dropout") for e in range(5) for b in range(5)}
    assert len(seeds) == 5 * 2 * 5 * 5
    assert derive(1, "a", 23) != derive(12, "a", 3)


def test_a_generator_is_a_function_of_its_arguments():
    draws = [torch.rand(3, generator=generator(0, "order", e)) for e in (1, 1, 2)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


@pytest.mark.parametrize("fails", [False, True])
def test_the_global_generator_is_given_back_as_it_was(fails):
    before = torch.get_rng_state()
    try:
        with borrowed_generator(3):
            first = torch.rand(2)
            if fails:
                raise KeyError
    except KeyError:
        pass
    assert torch.equal(torch.get_rng_state(), before)
    with borrowed_generator(3):
        assert torch.equal(torch.rand(2), first)


def test_every_kind_of_random_state_gives_a_seed():
    assert seed_of(5) == 5
    assert seed_of(np.int64(5)) == 5
    assert seed_of(np.random.RandomState(0)) == seed_of(np.random.RandomState(0))
    assert seed_of(np.random.default_rng(0)) == seed_of(np.random.default_rng(0))
    assert seed_of(None) != seed_of(None)
