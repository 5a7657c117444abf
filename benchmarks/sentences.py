"""C12, training speed on sentences beside the same network in a PyTorch loop as its tutorials show it, in turns.

    python -m benchmarks.sentences [--rows 4000] [--repeats 5]

Each turn is a process of its own with one thread (A B A B ...): Kim's network with vectors of 300 and 100 maps each of
width 3, 4 and 5, a table of 20,003 words, dropout 0.5, batches of 50, Adam at 0.001, two epochs, no validation.
Sentences are as long as movie snippets, 21 words on average, drawn by Zipf's law, but for a quarter in which each of
the 20,000 words is once. The tutorial's side is a Dataset of lists of numbers, a DataLoader with `pad_sequence`,
`nn.Embedding` and three `nn.Conv1d` in a loop. Sentences a second of processor time in the second epoch, as other
processes may run beside; medians, the ratios' spread, and the training losses of the second epoch, which must be near
each other for the work to be the same. foveal also sorts sentences of like length into batches, which is part of what
it does.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from time import process_time

WORDS, BATCH, VECTOR, MAPS, WIDTHS = 20_000, 50, 300, 100, (3, 4, 5)


def sentences(rows: int) -> tuple[list[list[int]], list[int]]:
    """Draw sentences of numbers of words, and labels that go by a few words."""
    import numpy as np

    rng = np.random.default_rng(0)
    lengths = np.clip(rng.poisson(21, rows), 1, None)
    drawn = [((rng.zipf(1.3, n) - 1) % WORDS).tolist() for n in lengths]
    every = rng.permutation(WORDS).reshape(rows // 4, -1).tolist()  # 20 each for 4,000 rows
    drawn[: len(every)] = every
    return drawn, [int(sum(number % 7 == 0 for number in row) > 2) for row in drawn]


def tutorial(rows: int) -> dict[str, float]:
    """Train as PyTorch's tutorials of texts do."""
    import torch
    from torch import nn
    from torch.nn.utils.rnn import pad_sequence
    from torch.utils.data import DataLoader, Dataset

    torch.set_num_threads(1)
    found, labels = sentences(rows)

    class Sentences(Dataset):  # type: ignore[type-arg]
        def __len__(self) -> int:
            return rows

        def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
            return torch.tensor(found[i]) + 3, labels[i]

    def collate(batch: list[tuple[torch.Tensor, int]]) -> tuple[torch.Tensor, torch.Tensor]:
        tokens = pad_sequence([each for each, _ in batch], batch_first=True)
        short = max(WIDTHS) - tokens.shape[1]
        return nn.functional.pad(tokens, (0, max(0, short))), torch.tensor([label for _, label in batch])

    class Kim(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(WORDS + 3, VECTOR, padding_idx=0)
            self.convs = nn.ModuleList(nn.Conv1d(VECTOR, MAPS, width, padding=width - 1) for width in WIDTHS)
            self.dropout, self.fc = nn.Dropout(0.5), nn.Linear(MAPS * len(WIDTHS), 2)

        def forward(self, tokens: torch.Tensor) -> torch.Tensor:
            x = self.embedding(tokens).transpose(1, 2)
            pooled = [torch.relu(conv(x)).max(dim=2).values for conv in self.convs]
            return self.fc(self.dropout(torch.cat(pooled, dim=1)))

    torch.manual_seed(0)
    model, loader = Kim(), DataLoader(Sentences(), batch_size=BATCH, shuffle=True, collate_fn=collate)
    nn.init.uniform_(model.embedding.weight, -0.25, 0.25)
    loss_fn, optimizer = nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters(), lr=1e-3)
    model.train()
    for _ in range(2):
        began, total = process_time(), 0.0
        for tokens, y in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(tokens), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
        seconds = process_time() - began
    parameters = sum(p.numel() for p in model.parameters())
    return {"steady": rows / seconds, "loss": total / rows, "parameters": parameters}


def foveal(rows: int) -> dict[str, float]:
    """Train the same network with the estimator."""
    from foveal import TextClassifier

    numbers, y = sentences(rows)
    X = [" ".join(f"w{number}" for number in row) for row in numbers]
    model = TextClassifier(
        net=f"kim(vector={VECTOR}, maps={MAPS})", vocabulary_size=WORDS, batch_size=BATCH, n_epochs=2, valid_size=0,
        learning_rate=0.001, schedule="constant", random_state=0,
    )  # fmt: skip
    times = [process_time() for _ in model.epochs(X, y)]
    parameters = sum(p.numel() for p in model.net_.parameters())
    return {"steady": rows / (times[1] - times[0]), "loss": model.history_["train_loss"][1], "parameters": parameters}


def main() -> None:
    """Run the two sides in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=4_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--side", choices=("tutorial", "foveal"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.side:
        print(json.dumps({"tutorial": tutorial, "foveal": foveal}[args.side](args.rows)))
        return
    results: dict[str, list[dict[str, float]]] = {"tutorial": [], "foveal": []}
    for turn in range(args.repeats):
        for side, found in results.items():
            command = [sys.executable, "-m", "benchmarks.sentences", "--side", side, "--rows", str(args.rows)]
            environment = {**os.environ, "OMP_NUM_THREADS": "1"}
            done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
            found.append(json.loads(done.stdout))
            print(f"turn {turn + 1} {side:9} {found[-1]}", flush=True)
    ours, theirs = results["foveal"], results["tutorial"]
    ratios = [a["steady"] / b["steady"] for a, b in zip(ours, theirs, strict=True)]
    a, b = (statistics.median(row["steady"] for row in rows) for rows in (ours, theirs))
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    print(
        f"foveal {a:,.0f}, tutorial {b:,.0f} sentences a second; faster by {statistics.median(ratios):.2f} ({spread})"
    )


if __name__ == "__main__":
    main()
