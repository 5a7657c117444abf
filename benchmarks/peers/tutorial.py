"""PyTorch as its tutorials show it: Dataset, DataLoader, NCHW, an eager loop that reads the loss every 100 batches.

Source: "Quickstart" of the PyTorch tutorials, and the MNIST example of pytorch/examples for the normalisation.
"""

from time import perf_counter

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, random_split

from benchmarks.data import Data
from benchmarks.folds import cross_validated
from benchmarks.networks import count, load_weights, torch_net, weights_of
from benchmarks.worker import Result, main
from benchmarks.workloads import Workload


class Images(Dataset):  # type: ignore[type-arg]
    """One image at a time, as ToTensor and Normalize give it."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self.mean, self.deviation = torch.from_numpy(data.mean), torch.from_numpy(data.deviation)

    def __len__(self) -> int:
        return len(self.data.X)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
        image = torch.from_numpy(self.data.X[i]).movedim(-1, 0).contiguous().float().div(self.data.scale)
        axes = (-1, *(1,) * (image.ndim - 1))
        return image.sub_(self.mean.view(axes)).div_(self.deviation.view(axes)), int(self.data.y[i])


def train(dataloader: DataLoader, model: nn.Module, loss_fn: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Train for one epoch; the tutorial prints the loss every 100 batches."""
    model.train()
    for batch, (X, y) in enumerate(dataloader):
        pred = model(X)
        loss = loss_fn(pred, y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if batch % 100 == 0:
            loss = loss.item()


def test(dataloader: DataLoader, model: nn.Module, loss_fn: nn.Module) -> float:
    """Give the share of right answers."""
    model.eval()
    test_loss, correct = 0.0, 0.0
    with torch.no_grad():
        for X, y in dataloader:
            pred = model(X)
            test_loss += loss_fn(pred, y).item()
            correct += (pred.argmax(1) == y).type(torch.float).sum().item()
    return correct / max(1, len(dataloader.dataset))  # type: ignore[arg-type]


def fit(workload: Workload, data: Data, start: list[np.ndarray] | None = None) -> Result:
    """Train on the workload; `start` gives the weights to start from."""
    if workload.folds:
        return cross_validated(fit, workload, data)
    torch.manual_seed(0)
    training, held = Images(data), None
    if workload.valid:
        n_valid = round(len(training) * workload.valid)
        training, held = random_split(training, [len(training) - n_valid, n_valid])  # type: ignore[assignment]
    train_loader = DataLoader(training, batch_size=workload.batch, shuffle=workload.shuffle)
    model = torch_net(workload.net)
    if start is not None:
        load_weights(model, start, workload.net, pixels_first=False)
    loss_fn, optimizer = nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters(), lr=1e-3)
    seconds = []
    for _ in range(workload.epochs):
        began = perf_counter()
        train(train_loader, model, loss_fn, optimizer)
        if held is not None:
            test(DataLoader(held, batch_size=workload.batch), model, loss_fn)
        seconds.append(perf_counter() - began)

    def predict(X: np.ndarray) -> np.ndarray:
        model.eval()
        with torch.no_grad():
            return model(torch.from_numpy(data.standardised(X))).argmax(1).numpy()

    weights = weights_of(model, workload.net, pixels_first=False)
    return Result(seconds, len(training), count(model), predict, weights=weights)


if __name__ == "__main__":
    main(fit)
