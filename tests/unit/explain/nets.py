"""Networks whose explanations are known by hand, and small trained ones."""

import torch
from torch import nn


def linear(channels=2, side=3, outputs=4):
    """Give a network that is a matrix: its gradient is known."""
    with torch.random.fork_rng():
        torch.default_generator.manual_seed(0)
        return nn.Sequential(nn.Flatten(), nn.Linear(channels * side * side, outputs)).train()


def small(channels=1, outputs=2):
    """Give convolutions with batch norm and dropout, then a mean over places."""
    with torch.random.fork_rng():
        torch.default_generator.manual_seed(0)
        return nn.Sequential(
            nn.Conv2d(channels, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.5),
            nn.Conv2d(4, 6, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, outputs),
        ).train()  # fmt: skip


class Words(nn.Module):
    """Two widths of filters over the vectors of tokens, and the strongest of each: as Kim 2014."""

    def __init__(self, values=20, outputs=2, cut=None):
        super().__init__()
        with torch.random.fork_rng():
            torch.default_generator.manual_seed(0)
            self.embedding = nn.Embedding(values, 6, padding_idx=0)
            self.convs = nn.ModuleList(nn.Conv1d(6, 5, k, padding=k // 2) for k in (1, 3))
            self.head = nn.Linear(10, outputs)
        self.cut = cut

    def forward(self, tokens, mask):
        tokens, mask = tokens[:, : self.cut], mask[:, : self.cut]
        x = (self.embedding(tokens) * mask[..., None]).mT
        return self.head(torch.cat([torch.relu(conv(x)).amax(2) for conv in self.convs], 1))


class WideWords(Words):
    """The same beside a weight for each token, which no module reads."""

    def __init__(self, values=20, outputs=2):
        super().__init__(values, outputs)
        self.wide = nn.Parameter(torch.arange(2.0 * values).view(values, 2))

    def forward(self, tokens, mask):
        return super().forward(tokens, mask) + nn.functional.embedding(tokens, self.wide).sum(1)


def rows(n=3, channels=1, side=8, seed=0):
    """Draw rows."""
    return torch.rand((n, channels, side, side), generator=torch.Generator().manual_seed(seed))


def sentences(n=3, length=7, values=20, seed=0):
    """Draw tokens with their masks."""
    tokens = torch.randint(3, values, (n, length), generator=torch.Generator().manual_seed(seed))
    return tokens, torch.ones_like(tokens, dtype=torch.bool)


def state(net):
    """Give all that must not change: modes, hooks, gradients, weights, buffers."""
    modes = [(m.training, len(m._forward_hooks), len(m._forward_pre_hooks)) for m in net.modules()]
    grads = [(p.grad is None, p.requires_grad) for p in net.parameters()]
    return modes, grads, [t.clone() for t in net.state_dict().values()]


def same(one, other):
    """Hold two states against each other."""
    return one[:2] == other[:2] and all(torch.equal(a, b) for a, b in zip(one[2], other[2], strict=True))
