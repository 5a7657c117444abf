"""C14: eight causal dilated layers of width 64 over histories, softmax over 1,682 items, beside a tutorial's loop.

    python benchmarks/next_item_speed.py FILE.inter [--users 300] [--rounds 3]

The tutorial's loop has a Dataset and a DataLoader that pads each batch to its longest history, Conv1d over (B, C, T),
logits of all places at once and cross_entropy with ignore_index. Network, batches of 16 users, the last 200 items of
each, Adam and float32 are the same. An epoch of the one follows an epoch of the other; processor time counts, of one
thread. foveal's softmax leaves items out that a user has had, which the tutorial's does not, and costs a little.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

from foveal import Recommender
from foveal.data.interactions.reading import read_interactions

WIDTH, LONGEST, BATCH = 64, 200, 16


class Users(Dataset):
    """Histories, one user at a time."""

    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, number):
        return torch.tensor(self.rows[number], dtype=torch.long)


def collate(rows):
    """Pad with zeros behind."""
    return nn.utils.rnn.pad_sequence(rows, batch_first=True)


class Block(nn.Module):
    """The residual block, on (B, C, T)."""

    def __init__(self, width, dilations):
        super().__init__()
        self.dilations = dilations
        self.convs = nn.ModuleList(nn.Conv1d(width, width, 3, dilation=d) for d in dilations)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in dilations)
        self.dropout = nn.Dropout(0.2)

    def forward(self, x):
        """Convolve twice, and add."""
        y = x
        for conv, norm, d in zip(self.convs, self.norms, self.dilations, strict=True):
            y = conv(F.pad(y, (2 * d, 0)))
            y = F.relu(norm(y.transpose(1, 2)).transpose(1, 2))
        return x + self.dropout(y)


class Tutorial(nn.Module):
    """The same network as one writes it."""

    def __init__(self, n_items):
        super().__init__()
        self.embed = nn.Embedding(n_items + 1, WIDTH, padding_idx=0)
        nn.init.normal_(self.embed.weight, std=0.1)
        self.dropout = nn.Dropout(0.2)
        self.blocks = nn.Sequential(*(Block(WIDTH, pair) for pair in ((1, 2), (4, 8)) * 2))
        self.bias = nn.Parameter(torch.zeros(n_items + 1))

    def forward(self, items):
        """Give the logits of all places."""
        x = self.dropout(self.embed(items)).transpose(1, 2)
        return F.linear(self.blocks(x).transpose(1, 2), self.embed.weight, self.bias)


def tutorial_epochs(rows, n_items):
    """Train an epoch at each call of next."""
    net = Tutorial(n_items)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.002)
    loader = DataLoader(Users(rows), BATCH, shuffle=True, collate_fn=collate)
    while True:
        total = 0.0
        for items in loader:
            logits = net(items[:, :-1])
            loss = F.cross_entropy(logits.flatten(0, 1), items[:, 1:].flatten(), ignore_index=0)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        yield total / len(loader)


def main() -> None:
    """Take turns, and print the ratio of the middle epochs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("--users", type=int, default=943)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    known = read_interactions(asked.source)
    rows = [known.histories.row(n)[-LONGEST:] for n in range(min(asked.users, len(known.users)))]
    n_items = len(known.items)
    owners = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    model = Recommender(
        net=f"next_item(width={WIDTH})", n_epochs=asked.rounds + 1, valid_size=0, history_length=LONGEST,
        random_state=0, batch_size=BATCH, schedule="constant",
    )  # fmt: skip
    ours = model.epochs((owners, np.concatenate(rows)))
    theirs = tutorial_epochs(rows, n_items)
    times = {"foveal": [], "tutorial": []}
    for number in range(asked.rounds + 1):
        for name, epochs in (("foveal", ours), ("tutorial", theirs)):
            began, clock = time.process_time(), time.perf_counter()
            found = next(epochs)
            took = time.process_time() - began
            loss = found if name == "tutorial" else found.train_loss
            print(
                f"{name:9} epoch {number}: {took:6.2f} CPU s, {time.perf_counter() - clock:6.2f} s, loss {loss:.3f}",
                flush=True,
            )
            if number:  # the first one prepares, too
                times[name].append(took)
    ours_s, theirs_s = (float(np.median(times[name])) for name in ("foveal", "tutorial"))
    print(f"C14: {theirs_s / ours_s:.2f} times as fast, {ours_s:.2f} against {theirs_s:.2f} CPU s an epoch")


if __name__ == "__main__":
    main()
