"""What a network costs, layer by layer, and what its first filters look like."""

from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor

from foveal.core.png import png_of
from foveal.core.shelter import sheltered
from foveal.core.zero_rows import zero_rows
from foveal.fitted.model import Fitted
from foveal.fitted.network import notes_on
from foveal.models import summarize
from foveal.report.judged import Array

#: Rows of the batch that is timed, times, filters that are drawn, and pixels that a weight is drawn as.
BATCH, TIMES, FILTERS, PIXELS = 32, 3, 64, 6
#: Multiply-adds that the timing may take, at most.
_MOST = 2 * 10**10


def network(fitted: Fitted) -> dict[str, Any]:
    """Say what each layer is and costs: parameters, multiply-adds, receptive field, and seconds in a batch.

    Seconds are of each layer alone, on PyTorch and one batch of rows of zeros, the median of three; on compiled kernels
    the network as a whole is faster.
    """
    notes = notes_on(fitted.settings, fitted.form, fitted.problem.n_outputs)
    table = summarize(fitted.net, fitted.form, notes)
    seconds, rows = _timed(fitted)
    layers = [
        {"name": layer.name, "kind": layer.kind, "output": list(layer.output), "parameters": layer.parameters,
         "multiply_adds": layer.multiply_adds, "receptive_field": layer.receptive_field,
         "seconds": seconds.get(layer.name)}
        for layer in table.layers
    ]  # fmt: skip
    return {
        "input": list(table.input_shape), "notes": list(table.notes), "layers": layers,
        "parameters": table.parameters, "multiply_adds": table.multiply_adds, "timed_rows": rows,
    }  # fmt: skip


def _timed(fitted: Fitted) -> tuple[dict[str, float], int]:
    """Time each layer that has no layers within, by its name; nothing where a batch would take too long."""
    rows = int(min(BATCH, _MOST // max(1, TIMES * fitted.cost.multiply_adds)))
    if rows < 1:
        return {}, 0
    net, found, begun = fitted.net, dict[str, list[float]](), dict[str, float]()
    hooks = []
    for name, layer in net.named_modules():
        if name and not any(True for _ in layer.children()):
            hooks.append(layer.register_forward_pre_hook(lambda *_, name=name: begun.update({name: perf_counter()})))
            hooks.append(layer.register_forward_hook(
                lambda *_, name=name: found.setdefault(name, []).append(perf_counter() - begun[name])))  # fmt: skip
    try:
        with sheltered(), torch.no_grad():
            x = zero_rows(net, fitted.form, rows)
            for _ in range(TIMES):
                net(*x)
    finally:
        for hook in hooks:
            hook.remove()
    return {name: float(np.median(times)) for name, times in found.items()}, rows


def filters(fitted: Fitted, folder: dict[str, bytes]) -> dict[str, Any] | None:
    """Draw the filters of the first convolution, 64 at most: weights from the most negative, dark, to the largest.

    Of pictures with three channels in their colours, else the mean over channels; of volumes the plane in the middle.
    None where there is no convolution over places.
    """
    for name, layer in fitted.net.named_modules():
        weight = getattr(layer, "weight", None)
        if isinstance(weight, Tensor) and weight.ndim >= 4 and max(weight.shape[2:]) > 1:
            folder["pictures/filters.png"] = png_of(sheet(weight.detach().cpu().float().numpy()[:FILTERS]))
            return {"layer": name, "shown": min(FILTERS, len(weight)), "of": len(weight),
                    "size": list(weight.shape[2:]), "picture": "pictures/filters.png"}  # fmt: skip
    return None


def sheet(weight: Array) -> Array:
    """Lay filters (n, C, *k) out on a sheet, (H, W, 3) uint8.

    >>> sheet(np.zeros((8, 1, 3, 3))).shape
    (37, 75, 3)
    """
    if weight.ndim == 5:
        weight = weight[:, :, weight.shape[2] // 2]
    tiles = weight.transpose(0, 2, 3, 1)
    if tiles.shape[-1] != 3:
        tiles = np.repeat(tiles.mean(-1, keepdims=True), 3, -1)
    most = np.abs(tiles).max(axis=(1, 2, 3), keepdims=True)
    tiles = (127.5 + 127.5 * tiles / np.where(most > 0, most, 1)).astype(np.uint8)
    tiles = tiles.repeat(PIXELS, 1).repeat(PIXELS, 2) if max(tiles.shape[1:3]) < 12 else tiles
    n, height, width, _ = tiles.shape
    columns = min(n, max(4, int(np.ceil(np.sqrt(n * 2)))))
    rows = -(-n // columns)
    page = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1, 3), 255, np.uint8)
    for i, tile in enumerate(tiles):
        top, left = (i // columns) * (height + 1), (i % columns) * (width + 1)
        page[top : top + height, left : left + width] = tile
    return page
