"""Batch normalisation whose running statistics are true from the first step on."""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from foveal.core.errors import ShapeError
from foveal.core.shares import Shared, Span
from foveal.layers.shared_norm import normalise


class BatchNorm(_BatchNorm):
    r"""Normalise each channel: y = gamma (x - mean) / sqrt(var + eps) + beta, for any number of axes.

    In training mean and var are the batch's; in inference the running ones, which each training step t moves by

        running = (1 - rate) running + rate batch,   rate = max(1 - momentum, 1 / t)

    Shape: (N, C, \*S) -> the same. Source: Ioffe and Szegedy 2015, algorithm 1.

    Where rows are of unequal length, `there`, (N, 1, T), tells which places count: mean and var are then over those.

    Deviations: with 1 / t the first batches leave their own mean instead of PyTorch's mixture with 0 and 1 (after 13
    steps at momentum 0.9 that mixture is still a quarter start value). The running variance is the unbiased one, as
    PyTorch's. Where a channel has a single value, a batch has no variance and the running statistics are used.

    >>> import torch
    >>> norm = BatchNorm(1)
    >>> _ = norm(torch.tensor([[1.0], [3.0]]))
    >>> norm.running_mean, norm.running_var
    (tensor([2.]), tensor([2.]))
    """

    #: Lent by an engine that trains with other processes: the statistics are then those of all their rows.
    shared: Shared | None = None

    def __init__(self, channels: int, momentum: float = 0.9, eps: float = 1e-5) -> None:
        super().__init__(channels, eps=eps, momentum=1 - momentum)  # PyTorch's momentum is the batch's share

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim < 2 or input.size(1) != self.num_features:
            raise ShapeError(f"batch norm expected (N, {self.num_features}, ...), got {tuple(input.shape)}")

    def reset_running_stats(self) -> None:
        """Begin the running statistics anew."""
        super().reset_running_stats()
        self.steps: int | None = None

    def _load_from_state_dict(self, *args: Any) -> None:
        super()._load_from_state_dict(*args)
        self.steps = None

    @property
    def settled(self) -> bool:
        """Whether the rate of the running statistics is the same in all steps to come: 1 / t has fallen below it."""
        return self.steps is not None and 1 / (self.steps + 1) <= (self.momentum or 0.0)

    def forward(self, input: Tensor, there: Tensor | None = None) -> Tensor:
        """Normalise `input`; in training also move the running statistics. What is not `there` must be 0."""
        self._check_input_dim(input)
        if there is not None and self.training:
            return self._of_those_there(input, there)
        # One value a channel: a batch without variance.
        single = input.numel() == self.num_features if self.shared is None else self._is_single(input, self.shared)
        by_batch = self.training and not single
        if by_batch and self.shared is None and torch.compiler.is_compiling():
            return self._as_graph(input)
        rate = self.count() if by_batch else 0.0
        if by_batch and self.shared is not None:
            return self._shared(input, rate, self.shared)
        return F.batch_norm(
            input, self.running_mean, self.running_var, self.weight, self.bias, by_batch, rate, self.eps
        )

    def count(self) -> float:
        """Count a training step; return the rate at which it moves the running statistics."""
        if self.steps is None:  # read once: on a GPU a reading waits for all work before it
            self.steps = int(self.num_batches_tracked)  # type: ignore[arg-type]
        self.steps += 1
        self.num_batches_tracked.add_(1)  # type: ignore[union-attr]
        return max(self.momentum or 0.0, 1 / self.steps)

    def _as_graph(self, input: Tensor) -> Tensor:
        """Do a training step whose rate is a tensor: a number that changes would be another graph at each step."""
        self.steps = None
        self.num_batches_tracked.add_(1)  # type: ignore[union-attr]
        rate = self.num_batches_tracked.reciprocal().clamp(min=self.momentum or 0.0)  # type: ignore[union-attr]
        with torch.no_grad():
            var, mean = torch.var_mean(input, [d for d in range(input.ndim) if d != 1])
            self.running_mean.lerp_(mean, rate.to(mean.dtype))  # type: ignore[union-attr]
            self.running_var.lerp_(var, rate.to(var.dtype))  # type: ignore[union-attr]
        return F.batch_norm(input, None, None, self.weight, self.bias, True, 0.0, self.eps)

    def _is_single(self, input: Tensor, shared: Shared) -> bool:
        """Tell whether a channel has one value in all processes, from shapes alone: all of them agree."""
        return shared.span.rows * math.prod(input.shape[2:]) == 1

    def _of_those_there(self, input: Tensor, there: Tensor) -> Tensor:
        """Normalise by the places that count, of all processes' rows."""
        shared = self.shared or Shared(Span(0, len(input), len(input)), lambda x: x)
        if shared.span.rows == 1 and int(there.sum()) == 1:  # only a row alone can have a single value
            return F.batch_norm(
                input, self.running_mean, self.running_var, self.weight, self.bias, False, 0.0, self.eps
            )
        return self._shared(input, self.count(), shared, there)

    def _shared(self, input: Tensor, rate: float, shared: Shared, there: Tensor | None = None) -> Tensor:
        out, mean, var, count = normalise(input, self.weight, self.bias, self.eps, shared, there)
        with torch.no_grad():
            self.running_mean.lerp_(mean, rate)  # type: ignore[union-attr]
            self.running_var.lerp_(var * (count / (count - 1)), rate)  # type: ignore[union-attr]
        return out
