"""foveal's fast path with one piece taken out, or one put in: each a change of a prepared fit, made from outside."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from foveal.data.batches import Batch
from foveal.layers import ConvBlock


class Unfolded(nn.Module):
    """A convolution with padding as a matrix product of unfolded windows; its weights are `conv`'s own."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.weight, self.bias, self.conv = conv.weight, conv.bias, [conv]

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C', H, W), channels last in memory."""
        (conv,) = self.conv
        n, _, height, width = x.shape
        windows = F.unfold(x, conv.kernel_size, padding=conv.padding).transpose(1, 2).reshape(n * height * width, -1)
        maps = F.linear(windows, self.weight.flatten(1), self.bias)
        return maps.view(n, height, width, -1).permute(0, 3, 1, 2)


class Loaded:
    """Batches out of a DataLoader over single rows, as tutorials have it."""

    def __init__(self, batches: Any) -> None:
        index = torch.arange(len(batches.inputs))
        x = batches.inputs.gather(index)[0].contiguous()
        self.inputs, self.targets, self.weights = batches.inputs, batches.targets, batches.weights
        self.batch_size, self.bounds, self.device = batches.batch_size, batches.bounds, batches.device
        self.rows = TensorDataset(x, *batches.targets)

    def __len__(self) -> int:
        return len(self.bounds())

    def epoch(self, epoch: int, first: int = 0) -> Iterator[Batch]:
        """Yield as many batches as are left of the epoch; a loader cannot begin in its middle."""
        loader = iter(DataLoader(self.rows, self.batch_size, shuffle=True))
        for _ in range(first, len(self)):
            x, *targets = next(loader)
            yield Batch((x,), tuple(targets), None)


def ordinary_order(job: Any) -> None:
    """Lay rows and filters out channels first, as PyTorch does by itself."""
    for weight in job.state.net.parameters():
        weight.data = weight.detach().clone(memory_format=torch.contiguous_format)
    # contiguous() would keep the strides of a lone channel, which PyTorch takes for channels-last
    job.state.net.register_forward_pre_hook(lambda module, inputs: (inputs[0].flatten().view(inputs[0].shape),))


def pool_last(job: Any) -> None:
    """Put ReLU in front of maximum pooling."""
    for module in [m for m in job.state.net.modules() if isinstance(m, ConvBlock)]:
        parts = OrderedDict(module.named_children())
        if "pool" in parts:
            parts.move_to_end("pool")
        module._modules.clear()
        module._modules.update(parts)


def not_fused(job: Any) -> None:
    """Take Adam as PyTorch makes it by default."""
    weights = [w for w in job.state.net.parameters() if w.requires_grad]
    job.state.optimizer = torch.optim.Adam(weights, lr=1e-3)


def loader(job: Any) -> None:
    """Put a DataLoader in place of the resident store."""
    job.batches = Loaded(job.batches)


def read_each_step(job: Any) -> None:
    """Read a sum of losses after every step, as tutorials do."""

    def read(*_: object) -> None:
        float(job.state.sums.sum())

    job.state.optimizer.register_step_post_hook(read)


def unfolded(job: Any) -> None:
    """Compute the first convolution as a matrix product."""
    block = first_block(job)
    block._modules["conv"] = Unfolded(block.conv)


def first_block(job: Any) -> ConvBlock:
    """Find the first block of the network."""
    return next(m for m in job.state.net.modules() if isinstance(m, ConvBlock))


def on_kernels(job: Any) -> None:
    """Train on the compiled kernels, as foveal does by itself."""
    job.config = replace(job.config, kernels=True)


#: Row of the table -> the change; the first is foveal with kernels="off", and so are all but one.
VARIANTS: dict[str, Callable[[Any], None]] = {
    "": lambda job: None,
    "without channels-last": ordinary_order,
    "without pooling before ReLU": pool_last,
    "without the fused optimizer": not_fused,
    "with a DataLoader for the resident store": loader,
    "with the loss read each step": read_each_step,
    "with the first layer as unfold and matrix product": unfolded,
    "with the compiled kernels": on_kernels,
    "foveal again (noise)": lambda job: None,
}


def fits(name: str, job: Any) -> bool:
    """Tell whether a variant makes sense: unfolding is for one channel, where oneDNN pads."""
    return not name.startswith("with the first layer") or first_block(job).conv.in_channels == 1
