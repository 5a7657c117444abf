"""The last features of a fitted network, for any number of rows, in bounded memory."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import nn

from foveal.core.errors import ParameterError
from foveal.core.forms import Form
from foveal.core.zero_rows import zero_rows
from foveal.data.source import Source
from foveal.data.store import Parts
from foveal.explain.features import last_features
from foveal.explain.running import undisturbed
from foveal.fitted.model import Fitted
from foveal.fitted.row_blocks import row_blocks


def features_of(fitted: Fitted, source: Source) -> np.ndarray:
    """Give the last features of rows, (N, D): `explain.last_features`; raises `ParameterError` where there are none."""
    return np.concatenate([last_features(fitted.net, parts).cpu().numpy() for parts in row_blocks(fitted, source)])


def features_or_outputs(fitted: Fitted, source: Source) -> Iterator[np.ndarray]:
    """Yield the last features of rows, (n, D) float32, some rows at a time; where there are none the outputs."""
    for parts in row_blocks(fitted, source):
        yield _of_block(fitted.net, parts)


def width_of(net: nn.Module, form: Form) -> int:
    """Give how many features `features_or_outputs` has of each row.

    >>> from foveal.core.forms import Part
    >>> net = nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    >>> width_of(net, (Part("x", (4,), "float32"),))
    3
    """
    return len(_of_block(net, zero_rows(net, form, 2))[0])


def _of_block(net: nn.Module, parts: Parts) -> np.ndarray:
    try:
        found = last_features(net, parts)
    except ParameterError:
        with undisturbed(net), torch.no_grad():
            found = net(*parts)
    return found.float().cpu().numpy()
