"""Training speed beside a PyTorch loop as its tutorial shows it: same network, same data, interleaved in one run.

    python benchmarks/against_tutorial.py [--rows 12000] [--repeats 5] [--threads 2]

Each turn is a process of its own (A B A B ...): conv 32 and 64 with batch norm and 2x2 pooling, dense 128 with dropout
0.5, batch 100, Adam 1e-3, Fashion-MNIST's first rows, two epochs, no validation. The tutorial's side is its quickstart:
a Dataset that turns one image at a time into a tensor, a DataLoader, NCHW, eager, `loss.item()` every 100 batches.
Prints images/s of the second epoch (steady) and seconds from start to fitted (cold), medians and the ratios' spread,
and the final training losses, which must be near each other for the work to be the same.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time


def tutorial(rows: int) -> dict[str, float]:
    """Train as PyTorch's quickstart does."""
    import torch
    from torch import nn
    from torch.utils.data import DataLoader, Dataset

    from foveal.data.named import load_dataset

    data = load_dataset("fashion-mnist")

    class Images(Dataset):  # type: ignore[type-arg]
        def __len__(self) -> int:
            return rows

        def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
            return torch.from_numpy(data.X_train[i][None].copy()).float() / 255, int(data.y_train[i])  # ToTensor()

    torch.manual_seed(0)
    loader = DataLoader(Images(), batch_size=100, shuffle=True)
    layers: list[nn.Module] = []
    for before, after in ((1, 32), (32, 64)):
        conv = nn.Conv2d(before, after, 3, padding=1, bias=False)
        layers += [conv, nn.BatchNorm2d(after), nn.ReLU(), nn.MaxPool2d(2)]
    dense = nn.Linear(3136, 128, bias=False)
    layers += [nn.Flatten(), dense, nn.BatchNorm1d(128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10)]
    model = nn.Sequential(*layers)
    loss_fn, optimizer = nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters(), lr=1e-3)
    model.train()
    for _ in range(2):
        began, total = time.perf_counter(), 0.0
        for batch, (X, y) in enumerate(loader):
            loss = loss_fn(model(X), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            total += float(loss.detach()) * len(X)
            if batch % 100 == 0:
                loss.item()
        seconds = time.perf_counter() - began
    parameters = sum(p.numel() for p in model.parameters())
    return {"steady": rows / seconds, "loss": total / rows, "parameters": parameters}


def foveal(rows: int) -> dict[str, float]:
    """Train the same network with the estimator at its defaults."""
    from foveal import CNNClassifier
    from foveal.data.named import load_dataset

    data = load_dataset("fashion-mnist")
    model = CNNClassifier(n_epochs=2, valid_size=0, schedule="constant", random_state=0)
    model.fit(data.X_train[:rows], data.y_train[:rows])
    parameters = sum(p.numel() for p in model.net_.parameters())
    return {
        "steady": model.history_["images_per_second"][-1],
        "loss": model.history_["train_loss"][-1],
        "parameters": parameters,
    }


def main() -> None:
    """Run the two sides in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=12_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--side", choices=("tutorial", "foveal"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.side:
        print(json.dumps({"tutorial": tutorial, "foveal": foveal}[args.side](args.rows)))
        return
    results: dict[str, list[dict[str, float]]] = {"tutorial": [], "foveal": []}
    for turn in range(args.repeats):
        for side, rows in results.items():
            began = time.perf_counter()
            command = [sys.executable, __file__, "--side", side, "--rows", str(args.rows)]
            environment = {**os.environ, "OMP_NUM_THREADS": str(args.threads)}
            done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
            rows.append(json.loads(done.stdout) | {"cold": time.perf_counter() - began})
            print(f"turn {turn + 1} {side:9} {rows[-1]}", flush=True)
    ours, theirs = results["foveal"], results["tutorial"]
    for figure, better in (("steady", 1), ("cold", -1)):
        ratios = [(a[figure] / b[figure]) ** better for a, b in zip(ours, theirs, strict=True)]
        a, b = (statistics.median(r[figure] for r in rows) for rows in (ours, theirs))
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        print(f"{figure}: foveal {a:,.1f}, tutorial {b:,.1f}; faster by {statistics.median(ratios):.2f} ({spread})")


if __name__ == "__main__":
    main()
