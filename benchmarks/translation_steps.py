"""C13: training steps and greedy translations of `conv_s2s` beside the same network in a tutorial's loop.

    python -m benchmarks.translation_steps [ROUNDS]

Three gated layers each side, width 128, about 800 pieces a batch, a vocabulary of 4,000 on each side, Adam. Both take
the same batches in turn, in one process; each figure is processor time. Equal logits are checked first. Then 160
translations of 60 pieces each, as 32 sentences in 5 beams have: step by step with kept states, by the whole network for
each piece, and the tutorial's.
"""

import sys
from collections.abc import Callable
from statistics import median
from time import process_time

import torch
from torch import Tensor, nn

from benchmarks.plain_translation import plain_of
from foveal.data.batches import Batch
from foveal.layers import Parted
from foveal.layers.normed_linear import weights_kept
from foveal.models.landmarks.conv_s2s import ConvS2S
from foveal.tasks.translation import translation
from foveal.train import Config, start
from foveal.train.optim.table import make_optimizer
from foveal.train.step import train_step

VOCABULARY, WIDTH, LAYERS, RATE, WORK = 4000, 128, 3, 0.2, 800


def batch(rows: int, length: int, rng: torch.Generator) -> Batch:
    """Make pairs of about a length; the shorter side, and most rows, have some padding, as buckets leave it."""
    lengths = torch.randint(max(2, length - 2), length + 1, (2, rows), generator=rng)
    sides = []
    for number, begin in enumerate((0, 1)):
        pieces = torch.randint(3, VOCABULARY, (rows, length + begin), generator=rng)
        places = torch.arange(length + begin)
        pieces[places >= lengths[number, :, None] + begin] = 0
        pieces[torch.arange(rows), lengths[number] + begin - 1] = 2
        if begin:
            pieces[:, 0] = 2
        sides += [pieces, pieces > 0]
    return Batch(tuple(sides), (torch.zeros(rows),), (sides[3].sum(1) - 1).float())


def timed(work: Callable[[], object]) -> float:
    """Give the processor seconds of a call."""
    began = process_time()
    work()
    return process_time() - began


def whole(net: ConvS2S, source: Tensor, steps: int) -> Tensor:
    """Translate greedily by the whole network for each piece."""
    target = torch.full((len(source), 1), 2)
    with torch.no_grad(), weights_kept(net):
        encoded = net.encode(source, source > 0)
        for _ in range(steps):
            logits = net.output(net.decoder(target, encoded)[:, -1])
            logits[:, :3] = float("-inf")
            target = torch.cat((target, logits.argmax(1, keepdim=True)), 1)
    return target[:, 1:]


def stepwise(net: ConvS2S, source: Tensor, steps: int) -> Tensor:
    """Translate greedily with the states that each layer holds."""
    last, found = torch.full((len(source),), 2), []
    with torch.no_grad(), weights_kept(net):
        encoded, held = net.encode(source, source > 0), net.nothing_seen(len(source))
        for step in range(steps):
            state, held = net.decoder.step(last, step, held, encoded)
            logits = net.output(state)
            logits[:, :3] = float("-inf")
            last = logits.argmax(1)
            found.append(last)
    return torch.stack(found, 1)


def main(rounds: int) -> None:
    """Measure, and print medians and ratios."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    net = Parted(None, ConvS2S(VOCABULARY, VOCABULARY, layers=LAYERS, width=WIDTH, dropout=RATE))
    plain = plain_of(net.body, RATE)
    rng = torch.Generator().manual_seed(0)
    batches = [batch(WORK // length, length, rng) for length in (4, 6, 8, 10, 12, 16, 20, 25)]
    check(net, plain, batches[2])
    state = start(net, make_optimizer("adam", list(net.parameters()), 0.001), seed=0, threads=1)
    optimizer, loss = torch.optim.Adam(plain.parameters(), 0.001), nn.CrossEntropyLoss(ignore_index=0)
    task, config = translation(), Config(1, 0.001, watched=False)
    for part in (net, plain):
        part.train()

    def tutorial(rows: Batch) -> float:
        source, _, target, _ = rows.x
        optimizer.zero_grad()
        out = plain(source, target[:, :-1])
        found = loss(out.reshape(-1, out.shape[-1]), target[:, 1:].reshape(-1))
        found.backward()
        optimizer.step()
        return found.item()

    ours, theirs = [], []
    for turn in range(rounds + 1):
        for rows in batches:
            ours.append(timed(lambda rows=rows: train_step(state, rows, task, config, [])[0].item()))
            theirs.append(timed(lambda rows=rows: tutorial(rows)))
        if not turn:
            ours, theirs = [], []  # the first round warms up
    ratios = sorted(b / a for a, b in zip(ours, theirs, strict=True))
    show("training step", ours, theirs, ratios)
    net.eval(), plain.eval()
    source = batches[-1].x[0].repeat(5, 1)[:160]  # 32 sentences in 5 beams
    calls = {
        "stepwise": lambda: stepwise(net.body, source, 60),
        "whole": lambda: whole(net.body, source, 60),
        "tutorial": lambda: plain.greedy(source, 60),
    }
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            seconds[name].append(timed(call))
    a, b, c = (seconds[name] for name in calls)
    pieces = len(source) * 60
    print(f"decoding, pieces a second: {', '.join(f'{n} {pieces / median(s):,.0f}' for n, s in seconds.items())}")
    print(f"stepwise is {median(b) / median(a):.1f} times as fast as whole, {median(c) / median(a):.1f} the tutorial's")


def check(net: nn.Module, plain: nn.Module, rows: Batch) -> None:
    """Refuse to compare what does not compute the same."""
    net.eval(), plain.eval()
    with torch.no_grad():
        one, other = net(*rows.x), plain(rows.x[0], rows.x[2][:, :-1])
    there = rows.x[3][:, 1:]
    apart = (one - other)[there].abs().max().item()
    print(f"logits are {apart:.1e} apart at most")
    if apart > 1e-4:
        raise SystemExit("these are two networks")


def show(what: str, ours: list[float], theirs: list[float], ratios: list[float]) -> None:
    """Print medians and the ratio's spread."""
    low, high = ratios[len(ratios) // 10], ratios[-1 - len(ratios) // 10]
    print(
        f"{what}: foveal {1e3 * median(ours):.1f} ms, tutorial {1e3 * median(theirs):.1f} ms of processor time, "
        f"{median(ratios):.2f} times (10th to 90th percentile {low:.2f} to {high:.2f})"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
