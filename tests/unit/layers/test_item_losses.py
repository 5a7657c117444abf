"""The blocked softmax against PyTorch's, its gradients too."""

import pytest
import torch

import foveal.layers.item_losses as module
from foveal.layers.item_losses import Places, Scorer, item_losses


def parts(seed=0, places=13, width=5, items=9):
    rng = torch.Generator().manual_seed(seed)
    states = torch.randn(places, width, generator=rng, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(items, width, generator=rng, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(items, generator=rng, dtype=torch.float64, requires_grad=True)
    factor = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    targets = torch.randint(1, items, (places,), generator=rng)
    left = torch.randint(0, items, (places, 3), generator=rng)
    added = torch.rand(places, items, generator=rng, dtype=torch.float64)
    return (states, weight, bias, factor), targets, left, added


def by_hand(tensors, targets, left, added):
    states, weight, bias, factor = tensors
    logits = states @ weight.T + bias + factor * added
    out = torch.zeros_like(logits, dtype=torch.bool).scatter(1, left, True)
    out[:, 0] |= (left == 0).any(1)
    out = out.scatter(1, targets[:, None], False)
    return torch.nn.functional.cross_entropy(logits.masked_fill(out, -torch.inf), targets, reduction="none")


@pytest.mark.parametrize("even", [True, False])
def test_losses_and_gradients_are_those_of_all_logits_at_once(even, monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE", 9 * 4)  # four places at a time
    monkeypatch.setattr(module, "FEWEST", 1)
    tensors, targets, left, added = parts()
    upstream = torch.full((13,), 0.3, dtype=torch.float64) if even else torch.rand(13, dtype=torch.float64)
    places = Places(targets, lambda a, b: left[a:b], lambda a, b: added[a:b])

    found = item_losses(tensors[0], Scorer(*tensors[1:]), places)
    gradients = torch.autograd.grad(found @ upstream, tensors)
    wanted = by_hand(tensors, targets, left, added)

    torch.testing.assert_close(found, wanted)
    torch.testing.assert_close(gradients, torch.autograd.grad(wanted @ upstream, tensors))


def test_nothing_is_kept_where_no_gradient_is_asked_for():
    tensors, targets, left, added = parts()
    plain = [tensor.detach() for tensor in tensors]
    found = item_losses(plain[0], Scorer(*plain[1:]), Places(targets, lambda a, b: left[a:b], None))
    assert not found.requires_grad
    torch.testing.assert_close(found, by_hand(plain, targets, left, torch.zeros_like(added)))


def test_a_target_that_is_left_out_counts():
    tensors, targets, _, _ = parts()
    left = targets[:, None].clone()
    found = item_losses(tensors[0], Scorer(*tensors[1:]), Places(targets, lambda a, b: left[a:b], None))
    assert found.isfinite().all()
