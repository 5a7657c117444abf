"""Layers in the compiled library: opened once, run many times; weights stay where PyTorch has them."""

import ctypes
from collections.abc import Sequence
from ctypes import addressof, byref, c_double, c_void_p
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import Tensor

from foveal.core.errors import ResourceError
from foveal.core.free_memory import memory_for
from foveal.kernels.blocks import Block, counted, is_read, strides, tensors, why_not
from foveal.kernels.interface import Call, Layer, Weights, owner
from foveal.kernels.library import Library
from foveal.kernels.room import floats
from foveal.kernels.team import tell_team
from foveal.layers import Standardize

#: Buffers of a `Standardize`.
_UNITS = ("mean", "deviation", "scale")


class Program:
    r"""Run recognised layers on batches of up to `rows` rows.

    `forward` gives the outputs, `backward` leaves the gradients of all parameters in `gradients`. What a training
    forward leaves behind is for the one backward after it. Inputs are (B, H, W, C) in memory, uint8 or float32, and
    standardised on the way in where a `Standardize` is given.
    """

    def __init__(
        self,
        library: Library,
        blocks: Sequence[Block],
        rows: int,
        threads: int,
        *,
        trains: bool,
        gives_gradient: bool = False,
        standardize: Standardize | None = None,
    ) -> None:
        self.blocks, self.rows, self.calls = list(blocks), rows, library.calls
        self.gives_gradient = gives_gradient
        self.layers = (Layer * len(self.blocks))(*(block.plan for block in self.blocks))
        opening = (self.layers, len(self.blocks), rows, threads, int(trains), int(gives_gradient))
        self.size = int(self.calls.foveal_size(*opening))
        if self.size > memory_for(self.size, torch.device("cpu")):
            raise ResourceError(f"the kernels' maps take {self.size / 1e9:.1f} GB for {rows} rows, which are not free")
        self.standardize = standardize
        self.units = [] if standardize is None else [_laid(standardize.mean), _laid(standardize.mean)]
        error = ctypes.create_string_buffer(200)
        places = [t.data_ptr() for t in self.units] if self.units else [None, None]
        channels = self.units[0].numel() if self.units else 1
        tell_team(library)
        self.handle = self.calls.foveal_open(*opening, *places, channels, error, len(error))
        if not self.handle:
            raise ResourceError(f"the kernels could not be opened: {error.value.decode()}")
        self.owner = owner(self.calls, self.handle)
        last = self.blocks[-1].plan
        self.out_shape = (*_sizes(self.blocks[-1], last.pooled_height, last.pooled_width), last.n_out)
        first = self.blocks[0].plan
        self.in_shape = None if first.dense else (first.n_in, *_sizes(self.blocks[0], first.height, first.width))
        self.call = Call()
        self.called = self.handle, byref(self.call)
        self.rates = (c_double * len(self.blocks))()
        self.masks = (c_void_p * len(self.blocks))()
        self.call.rates, self.call.masks = addressof(self.rates), addressof(self.masks)
        self.gradients: dict[Tensor, Tensor] = {}
        self.seen: list[Any] = []
        self.raw: list[Any] = []  # the tensors of `standardize` as NumPy sees them, in a twentieth of torch's time
        self.lent = [unit.numpy() for unit in self.units]
        if trains:
            for block in self.blocks:
                for parameter in tensors(block)[:4]:
                    if parameter is not None:
                        self.gradients[parameter] = torch.zeros_like(parameter, requires_grad=False)
        if not self.bind():
            raise ResourceError("the network's tensors are not such as the kernels read; use kernels='off'")

    def bind(self) -> bool:
        """Tell the library where the tensors lie now; False if they are no longer such as it was opened for.

        What stands in them is read at the next run that packs.
        """
        of_blocks = [tensors(block) for block in self.blocks]
        units = () if self.standardize is None else tuple(map(self.standardize._buffers.get, _UNITS))
        seen = [
            None if tensor is None else (tensor.data_ptr(), tensor.dtype, tensor.shape, tensor.stride())
            for tensor in chain(units, *of_blocks)
        ]
        if seen != self.seen:
            if not self._can_read(units, of_blocks):
                return False
            self._tell(of_blocks)
            self.seen, self.raw = seen, [unit.detach().numpy() for unit in units if unit is not None]
        for unit, values in zip(self.lent, self.raw, strict=False):
            np.multiply(values, self.raw[2], out=unit)  # in units of the raw values, as `Standardize` computes them
        return True

    def _can_read(self, units: Sequence[Tensor | None], of_blocks: list[list[Tensor | None]]) -> bool:
        shapes = [tuple(unit.shape) for unit in self.units] + [()]
        read = all(is_read(tensor, shape) for tensor, shape in zip(units, shapes, strict=False))
        if not read or any(why_not(block) for block in self.blocks):
            return False
        mine = [tensor for held in of_blocks for tensor in held[:4] if tensor is not None] if self.gradients else []
        return all(t in self.gradients and self.gradients[t].stride() == t.stride() for t in mine)

    def _tell(self, of_blocks: list[list[Tensor | None]]) -> None:
        table = (Weights * len(self.blocks))()
        for entry, held in zip(table, of_blocks, strict=True):
            weight, bias, gamma, beta, mean, var = held
            at = [None if t is None else t.data_ptr() for t in (weight, bias, gamma, beta, mean, var)]
            back = [self._gradient_place(t) for t in (weight, bias, gamma, beta)]
            fields = (at[0], back[0], *strides(weight), *at[1:4], *back[1:], *at[4:])  # type: ignore[arg-type]
            for described, value in zip(Weights._fields_, fields, strict=True):
                setattr(entry, described[0], value)
        self.calls.foveal_bind(self.handle, table)

    def _gradient_place(self, parameter: Tensor | None) -> int | None:
        found = None if parameter is None else self.gradients.get(parameter)
        return None if found is None else found.data_ptr()

    def takes(self, x: Tensor) -> bool:
        """Tell whether a batch can be run: its shape, its type, and in training more than one value a channel."""
        if not 0 < len(x) <= self.rows or x.dtype not in (torch.uint8, torch.float32) or x.device.type != "cpu":
            return False
        first = self.blocks[0].plan
        fits = x[0].numel() == first.n_in if self.in_shape is None else tuple(x.shape[1:]) == self.in_shape
        if not fits:
            return False
        plans = [block.plan for block in self.blocks if block.norm is not None and block.norm.training]
        return all(len(x) * plan.out_height * plan.out_width > 1 for plan in plans)

    def load(self, x: Tensor, *, training: bool) -> Tensor:
        """Prepare a call for a batch; return its memory, which must stay until the call is over."""
        laid = x.movedim(1, -1).contiguous()
        self.point_to(laid, training=training)
        return laid

    def point_to(self, laid: Tensor, *, training: bool) -> None:
        r"""Prepare a call for a batch that lies as it is read, (B, \*S, C); it must stay until the call is over."""
        call = self.call
        call.rows, call.training, call.x, call.bytes = len(laid), training, laid.data_ptr(), laid.dtype == torch.uint8
        call.out = call.out_gradient = call.in_gradient = None

    def draw(self, rows: int) -> list[Tensor]:
        """Draw the dropout masks of a step as the modules would; return them, to be kept until the backward pass."""
        kept = []
        for k, block in enumerate(self.blocks):
            if block.dropout is None or not block.dropout.rate:
                continue
            stays = 1 - block.dropout.rate
            mask = floats(rows, block.plan.n_out).bernoulli_(stays, generator=block.dropout.generator)
            kept.append(mask.div_(stays))
            self.masks[k] = kept[-1].data_ptr()
        return kept

    def count(self) -> None:
        """Count the step in every batch norm, and note how far its running statistics move."""
        for k, block in enumerate(self.blocks):
            if block.norm is not None:
                self.rates[k] = counted(block.norm)

    def keep_gradient(self, gradient: Tensor) -> None:
        """Take the gradient of the outputs, for the backward pass."""
        self.gradient = gradient.contiguous()
        self.call.out_gradient = self.gradient.data_ptr()

    def run(self, work: int) -> None:
        """Do the work that the call describes."""
        self.call.work = work
        check_ran(self.calls.foveal_run(*self.called))


def opened(
    library: Library,
    blocks: Sequence[Block],
    rows: int,
    threads: int,
    *,
    trains: bool,
    gives_gradient: bool = False,
    standardize: Standardize | None = None,
) -> Program | None:
    """Open a program; None where memory or threads are short, for PyTorch takes less of both at a time."""
    try:
        return Program(
            library, blocks, rows, threads, trains=trains, gives_gradient=gives_gradient, standardize=standardize
        )
    except ResourceError:
        return None


def check_ran(failed: int) -> None:
    """Refuse what the library could not run."""
    if failed:
        raise ResourceError("the kernels could not start their threads; use kernels='off'")


def _sizes(block: Block, height: int, width: int) -> tuple[int, ...]:
    """Give the sizes of maps: of a signal there is one, of a dense layer none."""
    weight: Any = block.weight.weight
    return (height, width)[4 - weight.ndim :]


def _laid(values: Tensor) -> Tensor:
    """Make room for values of each channel, or of each column, in the order of X; it is read where it is."""
    channels, *columns = values.shape
    return floats(*columns, channels).movedim(-1, 0)
