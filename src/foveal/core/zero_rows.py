"""Rows of zeros: what a network is tried with, where only shapes, cost or memory are asked for."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from foveal.core.copies import real_weight
from foveal.core.forms import Form, as_form

#: Dtypes that stand for themselves; numbers of any other come in the network's own.
_OWN = {"int64": torch.int64, "bool": torch.bool}


def zero_rows(
    net: nn.Module, form: Form | Sequence[int | None], rows: int = 1, *, ordinary: bool = False
) -> tuple[Tensor, ...]:
    r"""Give rows of zeros of a form, (N, \*S, C) in memory and seen as (N, C, \*S), where a network lies.

    `ordinary` ones lie as they are seen. Masks are ones: all of the row counts.

    >>> [x.shape for x in zero_rows(nn.Linear(2, 1), (3, 8, 8), rows=2)]
    [torch.Size([2, 3, 8, 8])]
    """
    like = real_weight(net)
    parts = []
    for part in as_form(form):
        dtype = _OWN.get(part.dtype, like.dtype)
        first, *axes = part.sizes
        fill = torch.ones if part.dtype == "bool" else torch.zeros
        sizes = (rows, first, *axes) if ordinary else (rows, *axes, first)
        zeros = fill(sizes, dtype=dtype, device=like.device)
        parts.append(zeros if ordinary else zeros.movedim(-1, 1))
    return tuple(parts)
