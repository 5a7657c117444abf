"""Hashed n-grams against sums over runs of tokens, one by one."""

import torch

from foveal.layers.hashed_ngrams import HashedNgrams

MASK = torch.tensor([[True, True, True, False], [True, False, False, False], [False] * 4])
TOKENS = torch.tensor([[5, 6, 5, 0], [7, 0, 0, 0], [0] * 4])


def layer(most=2, buckets=2**10):
    made = HashedNgrams(3, buckets=buckets, most=most).double()
    with torch.no_grad():
        made.weight.copy_(
            torch.randn(made.weight.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        )
    return made


def test_outputs_are_sums_over_the_runs_of_each_text():
    made = layer()
    hash_of = lambda *run: int(made.hashes(torch.tensor([run]))[0, -1])  # noqa: E731
    runs = [(5,), (6,), (5,), (5, 6), (6, 5)]
    wanted = sum(made.weight[hash_of(*run)] for run in runs) / len(runs) ** 0.5 * made.gain
    out = made(TOKENS, MASK)
    assert torch.allclose(out[0], wanted)
    assert torch.allclose(out[1], made.weight[hash_of(7)] * made.gain)
    assert out[2].tolist() == [0, 0, 0]


def test_order_counts_within_a_run_and_place_does_not():
    made = layer()
    hashes = made.hashes(torch.tensor([[5, 6, 5, 6]]))[0].tolist()
    assert hashes[0] == hashes[2]
    assert hashes[4] == hashes[6] != hashes[5]


def test_hashes_are_the_same_everywhere_and_spread_evenly():
    made = layer(most=3)
    assert (
        made.hashes(torch.tensor([[4, 5, 6]])).tolist()
        == made.hashes(torch.tensor([[4, 5, 6, 0, 0]]))[:, [0, 1, 2, 5, 6, 9]].tolist()
    )
    tokens = 3 + torch.randperm(20_000, generator=torch.Generator().manual_seed(1))[None]  # no n-gram comes twice
    counts = torch.bincount(made.hashes(tokens)[0], minlength=2**10).double()
    assert 0.85 < counts.var() / counts.mean() < 1.15  # as by chance


def test_padding_changes_nothing():
    made = layer(most=4)
    longer = torch.nn.functional.pad(TOKENS, (0, 7)), torch.nn.functional.pad(MASK, (0, 7))
    assert torch.equal(made(*longer), made(TOKENS, MASK))
    assert torch.allclose(made(TOKENS[1:2, :1], MASK[1:2, :1]), made(TOKENS, MASK)[1:2])
