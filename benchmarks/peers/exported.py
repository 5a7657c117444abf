"""The network of a workload as an ONNX file that takes raw images, for the runtimes that only answer."""

import os
import tempfile
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.data import Data
from benchmarks.networks import count, torch_net
from benchmarks.workloads import Workload


class FromImages(nn.Module):
    """Standardise images (N, H, W, C), run the network, give probabilities: the work that every peer does."""

    def __init__(self, body: nn.Module, data: Data) -> None:
        super().__init__()
        self.body = body
        self.register_buffer("mean", torch.from_numpy(data.mean * data.scale))
        self.register_buffer("width", torch.from_numpy(data.deviation * data.scale))

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, C) of uint8 -> (N, K)."""
        return self.body(((x.float() - self.mean) / self.width).movedim(-1, 1)).softmax(1)


def export(workload: Workload, data: Data) -> tuple[bytes, int]:
    """Give the network as an ONNX file with a free batch axis, and its number of weights."""
    torch.manual_seed(0)
    body = torch_net(workload.net, tuned=True).eval()
    images = torch.from_numpy(data.X[:2])
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "net.onnx"
        torch.onnx.export(  # the older exporter: the newer one takes ten seconds and gives the same graph
            FromImages(body, data).eval(), (images,), os.fspath(path), input_names=["x"], output_names=["y"],
            dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}}, dynamo=False,
        )  # fmt: skip
        return path.read_bytes(), count(body)
