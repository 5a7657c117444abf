"""Randomness as an argument: generators that are functions of (seed, purpose, counters).

What epoch 7 shuffles does not depend on what epoch 6 drew, on workers or on processes, so a run can go on anywhere.
"""

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import torch

_GLOBAL = threading.RLock()  # of the thread that forks too


def derive(seed: int, purpose: str, *counters: int) -> int:
    """Hash (seed, purpose, counters) to a seed of 63 bits.

    >>> derive(0, "order", 1) == derive(0, "order", 1), derive(0, "order", 1) == derive(0, "order", 2)
    (True, False)
    """
    text = ":".join(map(str, (seed, purpose, *counters))).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little") >> 1


def generator(seed: int, purpose: str, *counters: int, device: torch.device | str = "cpu") -> torch.Generator:
    """Make a generator for one purpose, independent of all others and of the global one."""
    return torch.Generator(device).manual_seed(derive(seed, purpose, *counters))


def coins(numbers: torch.Tensor, seed: int) -> torch.Tensor:
    """Toss a coin for each number, a function of (seed, number) alone, on any device.

    Source: the mixing steps of SplitMix64, Steele et al. 2014.

    >>> coins(torch.arange(1000), seed=0).sum()
    tensor(496)
    """
    x = numbers * -0x61C8864680B583EB + (derive(seed, "coins") - 2**62)  # int64, which wraps around
    for shift, factor in ((30, -0x40A7B892E31B1A47), (27, -0x6B2FB644ECCEEE15)):
        x = (x ^ ((x >> shift) & (2 ** (64 - shift) - 1))) * factor  # >> copies the sign, & clears it
    return (x >> 40) & 1 == 1


def hashed(numbers: np.ndarray, seed: int) -> np.ndarray:
    """Hash whole numbers to 64 bits, a function of (seed, number) alone, on any machine.

    Source: the mixing steps of SplitMix64, Steele et al. 2014.

    >>> hashed(np.arange(2), seed=0).tolist()
    [0, 16294208416658607535]
    """
    x = (numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) ^ np.uint64(seed)  # arrays wrap around
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
    return np.asarray(x ^ (x >> np.uint64(31)))


def seed_of(random_state: Any) -> int:
    """Turn None, an int or a NumPy random state into one seed.

    >>> seed_of(3)
    3
    """
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1, np.uint64)[0] >> np.uint64(1))
    if hasattr(random_state, "integers"):
        return int(random_state.integers(2**31))
    if hasattr(random_state, "randint"):
        return int(random_state.randint(2**31 - 1))
    return int(random_state)


@contextmanager
def borrowed_generator(seed: int, device: torch.device | str = "cpu") -> Iterator[None]:
    """Seed torch's global generator for code that knows no other, and give it back as it was.

    One thread at a time: a second one would draw from the first one's numbers.
    """
    device = torch.device(device)
    _survive_forks()
    with _GLOBAL, torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.default_generator.manual_seed(seed)
        if device.type == "cuda":
            torch.cuda.manual_seed(seed)
        yield


@cache
def _survive_forks() -> None:
    """Let no process be forked off while another thread borrows: in the child nobody would ever give back."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_GLOBAL.acquire, after_in_parent=_GLOBAL.release, after_in_child=_GLOBAL.release)
