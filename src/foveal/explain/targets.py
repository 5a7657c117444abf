r"""What is explained: a score of each row, the sum of its outputs by weights.

    score_n = sum over k and places of W_n(k, ...) z_n(k, ...)

z are the outputs as the network gives them: logits before softmax, values in the units of the training. W is what
`target` says: for one class it is 1 there and 0 elsewhere.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from foveal.core.errors import ParameterError, ShapeError
from foveal.core.rules import is_integer, shown

#: What may be explained: see `weights_of`.
Target = int | Sequence[int] | Tensor | Callable[[Tensor], Tensor] | None


def weights_of(outputs: Tensor, target: Target = None) -> Tensor:
    r"""Give the weights of the outputs, (N, K) or (N, K, \*S), whose sum is explained.

    target : the number of an output, one for all rows or one for each; None is the largest output of each row. Of
        outputs at each place it is the class that has most places, and its mean over the places where it is the largest
        (over all, where it is so nowhere). Or the weights themselves, of the outputs' shape, such as +1 and -1 for one
        class against another; or a function of the outputs that gives them.

    Raises `ParameterError` for numbers that no output has.

    >>> weights_of(torch.tensor([[0.1, 0.9], [0.8, 0.2]])).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    outputs = outputs.detach()
    if callable(target):
        target = target(outputs)
    if isinstance(target, Tensor) and target.is_floating_point():
        if target.shape != outputs.shape:
            raise ShapeError(
                f"target must have a weight for each output, {tuple(outputs.shape)}, got {tuple(target.shape)}"
            )
        return target.to(outputs)
    numbers = _largest(outputs) if target is None else _numbers(target, outputs)
    if outputs.ndim == 2:
        return torch.nn.functional.one_hot(numbers, outputs.shape[1]).to(outputs)
    return _over_places(outputs, numbers)


def at_peak(outputs: Tensor, numbers: Tensor) -> Tensor:
    r"""Give weights of maps, (N, K, \*S): 1 where the map of a row's number is largest; points are found so.

    >>> at_peak(torch.tensor([[[0.0, 3.0, 1.0], [9.0, 9.0, 9.0]]]), torch.tensor([0])).tolist()
    [[[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]]
    """
    flat = torch.zeros_like(outputs).flatten(2)
    rows = torch.arange(len(outputs), device=outputs.device)
    flat[rows, numbers, outputs.flatten(2)[rows, numbers].argmax(1)] = 1
    return flat.view_as(outputs)


def _largest(outputs: Tensor) -> Tensor:
    if outputs.ndim == 2:
        return outputs.argmax(1)
    found = outputs.argmax(1).flatten(1)
    counts = torch.stack([(found == k).sum(1) for k in range(outputs.shape[1])], 1)
    return counts.argmax(1)


def _numbers(target: Any, outputs: Tensor) -> Tensor:
    rows, count = outputs.shape[:2]
    whole = isinstance(target, Tensor) or is_integer(target) or all(is_integer(n) for n in list(target))
    numbers = torch.as_tensor(target, device=outputs.device).long() if whole else torch.zeros(0)
    if not whole or numbers.ndim > 1 or (numbers.ndim == 1 and len(numbers) != rows):
        raise ParameterError(
            f"target must be the number of an output, one for each of the {rows} rows, or weights of the outputs' "
            f"shape, got {shown(target)}"
        )
    if numbers.numel() and not 0 <= int(numbers.min()) <= int(numbers.max()) < count:
        raise ParameterError(f"target must be from 0 to {count - 1}: there are {count} outputs, got {shown(target)}")
    return numbers.expand(rows)


def _over_places(outputs: Tensor, numbers: Tensor) -> Tensor:
    there = outputs.argmax(1) == numbers.view(-1, *[1] * (outputs.ndim - 2))
    there |= ~there.flatten(1).any(1).view(-1, *[1] * (outputs.ndim - 2))
    weights = torch.zeros_like(outputs)
    rows = torch.arange(len(outputs), device=outputs.device)
    weights[rows, numbers] = there / there.flatten(1).sum(1).view(-1, *[1] * (outputs.ndim - 2)).to(outputs)
    return weights
