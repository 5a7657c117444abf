"""The limit: the fastest fp32 matrix product of 2048 x 2048 that PyTorch does here, in Gflop/s."""

from time import perf_counter

import torch


def peak(size: int = 2048, seconds: float = 2.0) -> float:
    """Repeat the product for some seconds and take the best: a shared machine only ever makes it slower."""
    a, b = torch.rand(size, size), torch.rand(size, size)
    best, end = float("inf"), perf_counter() + seconds
    while perf_counter() < end:
        began = perf_counter()
        a @ b
        best = min(best, perf_counter() - began)
    return 2 * size**3 / best / 1e9


if __name__ == "__main__":
    print(f'{{"workload": "peak", "steady": {peak():.1f}}}')
