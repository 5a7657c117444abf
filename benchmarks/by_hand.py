"""The GPU's peers: a loop in eager PyTorch, and one whose step was captured in a CUDA graph by hand."""

from collections.abc import Callable
from contextlib import nullcontext
from time import perf_counter
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

#: Of a run; the last is measured.
EPOCHS = 3
Images = tuple[np.ndarray, np.ndarray]
Net = Callable[[], nn.Module]


def eager(net: nn.Module, x: Tensor, y: Tensor) -> Callable[[Tensor], None]:
    """Give the step of a loop in eager PyTorch: index of the batch in, weights updated."""
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

    def step(index: Tensor) -> None:
        with _half(x.device):
            loss = F.cross_entropy(net(_standardised(x[index])), y[index])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    return step


def graphed(net: nn.Module, x: Tensor, y: Tensor, batch: int) -> Callable[[Tensor], None]:
    """Give the same step captured by hand, as in PyTorch's notes on CUDA semantics, with the fused optimizer."""
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True, capturable=True)
    kept = torch.arange(batch, device=x.device)

    def work() -> None:
        optimizer.zero_grad(set_to_none=True)
        with _half(x.device):
            loss = F.cross_entropy(net(_standardised(x[kept])), y[kept])
        loss.backward()
        optimizer.step()

    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            work()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=side):
        work()

    def step(index: Tensor) -> None:
        kept.copy_(index)
        graph.replay()

    return step


def _half(device: torch.device) -> Any:
    return torch.autocast("cuda", torch.bfloat16) if device.type == "cuda" else nullcontext()


def _standardised(x: Tensor) -> Tensor:
    return x.permute(0, 3, 1, 2).float().sub_(127.5).div_(74.0)  # (B, C, H, W), channels last in memory


def by_hand(make: Net, data: Images, batch: int, device: torch.device, *, captured: bool) -> float:
    """Train by one of the steps above; give images/s of the last epoch, full batches only."""
    x, y = (torch.from_numpy(part).to(device) for part in data)
    net = make().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    step = graphed(net, x, y, batch) if captured else eager(net, x, y)
    for _ in range(EPOCHS):
        _wait(device)
        began = perf_counter()
        batches = torch.randperm(len(x), device=device)[: len(x) // batch * batch].split(batch)
        for index in batches:
            step(index)
        _wait(device)
        seconds = perf_counter() - began
    return len(batches) * batch / seconds


def answering(net: nn.Module, device: torch.device) -> Callable[[np.ndarray], np.ndarray]:
    """Give the function from images (N, H, W, C) to probabilities (N, classes), a thousand rows at a time."""
    net = net.eval().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def answer(X: np.ndarray) -> np.ndarray:
        with torch.inference_mode(), _half(device):
            parts = [net(_standardised(x.to(device))).float().softmax(1).cpu() for x in torch.from_numpy(X).split(1024)]
        return torch.cat(parts).numpy()

    return answer


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
