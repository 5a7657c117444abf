"""Trained weights put into a network: by their names, the head kept, grown or begun anew, the stem for any channels."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from foveal.core.errors import ModelFileError, ParameterError
from foveal.fitted.first_weights import FirstWeights, Labels

#: Names that a message lists of each kind of mismatch.
MOST_LISTED = 10
#: Heads beside the last one, which help in training: networks of ours have none.
AUXILIARY = ("aux1.", "aux2.", "AuxLogits.", "aux_classifier.")
_COUNT = "num_batches_tracked"


class Outputs(NamedTuple):
    """The outputs of a network: its head, the module that gives them, and what they mean."""

    head: str
    labels: Labels


def begin_with(
    body: nn.Module,
    first: FirstWeights,
    channels: int,
    outputs: Outputs,
    hint: str = "",
    rng: torch.Generator | None = None,
) -> list[str]:
    """Put weights into the body of a new network, and say what was done beside copying them.

    `channels` are those of the rows; `hint` is added to the message where names or shapes do not fit; with `rng` what
    is new in the head is drawn small, as `redraw` says. Raises `ParameterError` with the names that do not fit,
    `ModelFileError` for values that are no numbers.
    """
    wanted = {name: tensor for name, tensor in body.state_dict().items() if isinstance(tensor, Tensor)}
    found = {name: t for name, t in first.tensors.items() if name in wanted or not name.startswith(AUXILIARY)}
    said = list(first.said)
    if len(found) < len(first.tensors):
        said.append("auxiliary heads are left out")
    head = [name for name in wanted if _is_of(name, outputs.head)]
    if rng is not None and head:
        redraw(body.get_submodule(outputs.head), rng)
    said += _head(wanted, found, head, first, outputs)
    for name in [name for name in found if _is_of(name, outputs.head)]:
        del found[name]
    rest = {name: tensor for name, tensor in wanted.items() if name not in head}
    said += _stem(rest, found, channels)
    _check_names(rest, found, first, hint)
    for name, tensor in found.items():
        _copy(rest[name], tensor, name, first)
    _settle(body)
    if first.scale is not None:
        said.append(f"input scaling is {first.scale_source}")
    return said


@torch.no_grad()
def redraw(head: nn.Module, rng: torch.Generator) -> None:
    """Draw the weights of a head from U(-b, b), b = 1 / sqrt(its inputs), as PyTorch's dense layers begin.

    Some networks draw their heads with b = 1 / sqrt(outputs): small for the 1,000 classes of ImageNet, but for a few
    classes the first outputs on trained features are then so large that the loss begins at 18 in place of 0.7.
    """
    weight = head._parameters.get("weight")
    if weight is None or weight.ndim < 2:
        return
    bound = weight[0].numel() ** -0.5
    for own in (weight, head._parameters.get("bias")):
        if own is not None:
            own.uniform_(-bound, bound, generator=rng)


def _is_of(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


def _head(
    wanted: Mapping[str, Tensor], found: Mapping[str, Tensor], head: Sequence[str], first: FirstWeights, to: Outputs
) -> list[str]:
    """Fill the head: whole for the same outputs, the rows of classes that were there, or not at all."""
    if not head:
        return []
    there = {name: found[name] for name in head if name in found}
    n_outputs = len(wanted[head[0]])
    if len(there) < len(head):
        return [f"the head ({to.head}) begins anew: the file has none"]
    before = len(there[head[0]]) if there[head[0]].ndim else 0
    why = f"for {n_outputs} outputs in place of {before}"
    rows = _rows(first.labels, to.labels, before, n_outputs)
    fits = all(there[name].shape[1:] == wanted[name].shape[1:] and len(there[name]) == before for name in head)
    if rows is None or not fits:
        return [f"the head ({to.head}) begins anew, {why if before != n_outputs else 'for other outputs'}"]
    for name in head:
        filled = wanted[name].clone()
        filled[rows] = there[name].to(filled.dtype)
        _copy(wanted[name], filled, name, first)
    if rows == list(range(n_outputs)):
        return [f"the head ({to.head}) is kept"]
    new = n_outputs - len(rows)
    return [f"the head ({to.head}) keeps the rows of {len(rows)} classes" + (f", {new} begin anew" if new else "")]


def _rows(before: Labels | None, now: Labels, n_before: int, n_now: int) -> list[int] | None:
    """Say which rows of the new head those of the old one become; None where they mean something else."""
    if before is None or (before.names is None and before.kind == now.kind):
        return list(range(n_now)) if n_before == n_now else None
    if before.kind != now.kind or now.names is None or before.names is None:
        return None
    if len(before.names) != n_before or len(now.names) != n_now:
        return None
    place = {(type(name), name): row for row, name in enumerate(now.names)}
    rows = [place.get((type(name), name)) for name in before.names]
    return [row for row in rows if row is not None] if None not in rows else None


def _stem(wanted: Mapping[str, Tensor], found: dict[str, Tensor], channels: int) -> list[str]:
    r"""Make first-layer weights for another number of channels, (O, c, \*k) -> (O, C, \*k).

    For C = 1 they are summed, as if the grey picture stood in every channel; else channel j takes those of j mod c,
    times c / C, so that equal channels give what they gave.
    """
    first = next((found[name] for name in wanted if name in found and found[name].ndim > 2), None)
    if first is None or first.shape[1] == channels or first.shape[1] == 0:
        return []
    before, said = first.shape[1], []
    for name, tensor in found.items():
        shape = wanted[name].shape if name in wanted else torch.Size()
        reads_rows = tensor.ndim > 2 and tensor.shape[1] == before and shape[1:2] == (channels,)
        if not reads_rows or not tensor.is_floating_point() or _without(shape) != _without(tensor.shape):
            continue
        wide = tensor.to(torch.float64)
        turn = torch.arange(channels) % before
        found[name] = wide.sum(1, keepdim=True) if channels == 1 else wide[:, turn] * (before / channels)
        how = "summed" if channels == 1 else f"taken in turn, times {before}/{channels}"
        said.append(f"the weights of {name} for {before} channels are {how}, for {channels}")
    return said


def _without(shape: Sequence[int]) -> tuple[int, ...]:
    return (*shape[:1], *shape[2:])


def _check_names(wanted: Mapping[str, Tensor], found: Mapping[str, Tensor], first: FirstWeights, hint: str) -> None:
    """Refuse tensors that are not the network's, and list which."""
    missing = [name for name in wanted if name not in found and not name.endswith(_COUNT)]
    unexpected = [name for name in found if name not in wanted]
    wrong = [
        f"{name} ({_told(found[name])} in the file, {_told(wanted[name])} in the network)"
        for name in found
        if name in wanted and not _fits(wanted[name], found[name])
    ]
    listed = {"missing": missing, "unexpected": unexpected, "of another shape or dtype": wrong}
    if any(listed.values()):
        parts = "; ".join(f"{len(names)} {what}: {_some(names)}" for what, names in listed.items() if names)
        raise ParameterError(
            f"weights={first.name!r} does not fit the network: {parts}; give weights of the same network, or the net "
            f"that they are of{hint}"
        )


def _fits(wanted: Tensor, found: Tensor) -> bool:
    same = found.dtype == wanted.dtype or (found.is_floating_point() and wanted.is_floating_point())
    return same and found.shape == wanted.shape


def _told(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {tuple(tensor.shape)}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return ", ".join(name[:120] for name in names[:MOST_LISTED]) + more


@torch.no_grad()
def _copy(into: Tensor, tensor: Tensor, name: str, first: FirstWeights) -> None:
    into.copy_(tensor)
    if into.is_floating_point() and not into.isfinite().all():
        raise ModelFileError(
            f"weights={first.name!r}: the weight {name!r} holds NaN or infinite values; give weights of a training "
            "that did not diverge"
        )
    if name.endswith("running_var") and (into < 0).any():
        raise ModelFileError(f"weights={first.name!r} is damaged: the variance {name!r} is negative")


def _settle(body: nn.Module) -> None:
    """Let running statistics whose steps nobody counted stand for many: else the first batch would replace them."""
    for module in body.modules():
        if isinstance(module, _BatchNorm) and module.num_batches_tracked is not None:
            uncounted = int(module.num_batches_tracked) < 1
            if uncounted and module.momentum:
                module.num_batches_tracked.fill_(int(1 / module.momentum) + 1)
