"""skorch as its documentation shows it: NeuralNetClassifier with Adam, shuffled, with its own split for validation."""

import numpy as np
import torch
from skorch import NeuralNetClassifier
from skorch.dataset import ValidSplit
from torch import nn

from benchmarks.data import Data
from benchmarks.networks import count, load_weights, torch_net, weights_of
from benchmarks.worker import Result, main
from benchmarks.workloads import Workload


def make(workload: Workload, module: nn.Module | None = None) -> NeuralNetClassifier:
    """Describe the network to skorch."""
    return NeuralNetClassifier(
        module or (lambda: torch_net(workload.net)),
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=1e-3,
        batch_size=workload.batch,
        max_epochs=workload.epochs,
        iterator_train__shuffle=workload.shuffle,
        train_split=ValidSplit(round(1 / workload.valid), stratified=True) if workload.valid else None,
        verbose=0,
    )


def fit(workload: Workload, data: Data, start: list[np.ndarray] | None = None) -> Result:
    """Train on the workload; `start` gives the weights to start from."""
    torch.manual_seed(0)
    X = data.standardised(data.X)
    if workload.folds:
        from sklearn.model_selection import cross_val_score

        scores = cross_val_score(make(workload), X, data.y, cv=workload.folds)
        return Result(parameters=count(torch_net(workload.net)), accuracy=float(scores.mean()))
    module = torch_net(workload.net)
    if start is not None:
        load_weights(module, start, workload.net, pixels_first=False)
    net = make(workload, module).fit(X, data.y)
    weights = weights_of(net.module_, workload.net, pixels_first=False)
    rows = round(len(X) * (1 - workload.valid))

    def predict(images: np.ndarray) -> np.ndarray:
        return net.predict(data.standardised(images))

    return Result(list(net.history[:, "dur"]), rows, count(net.module_), predict, weights=weights)


if __name__ == "__main__":
    main(fit)
