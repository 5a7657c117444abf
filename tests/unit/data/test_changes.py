"""What chance changes in a batch: seeds are functions of (seed, epoch, batch), and the same numbers whoever draws."""

import pytest
import torch

import foveal.augment
from foveal.augment import mixup
from foveal.core.errors import ParameterError
from foveal.core.randomness import derive
from foveal.data.changes import Changes, InTurn, changed

flip, shift = foveal.augment.flip(), foveal.augment.shift()

X = torch.arange(4 * 6 * 6.0).view(4, 1, 6, 6)
INDEX = torch.tensor([3, 1, 4, 15])


def drawn(seeds):
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def test_only_what_draws_by_chance_has_a_seed_that_names_its_place():
    assert Changes((flip, shift, flip, shift), True, 7).seeds(2, 5) == [
        derive(7, "augment 1", 2, 5), derive(7, "augment 3", 2, 5)
    ]  # fmt: skip
    assert len(Changes((flip, shift), False, 7).seeds(2, 5)) == 2
    assert Changes((), True, 7).seeds(0, 0) == []


@pytest.mark.parametrize("in_turn", [True, False])
@pytest.mark.parametrize("odd", [False, True])
def test_an_odd_epoch_may_be_said_by_a_tensor(in_turn, odd):
    changes = Changes((flip, shift), in_turn, 7)
    by_bool, _, _ = changes.apply(X, INDEX, odd, drawn(changes.seeds(1, 2)))
    by_tensor, _, mixing = changes.apply(X, INDEX, torch.tensor(odd), drawn(changes.seeds(1, 2)))
    assert mixing is None
    assert torch.equal(by_bool, by_tensor)
    assert by_bool.stride() == by_tensor.stride()


def test_rows_turn_in_every_second_epoch():
    changes = Changes((flip,), True, 7)
    assert isinstance(flip, InTurn)
    both = [changes.apply(X, INDEX, odd, [])[0] for odd in (False, True)]
    assert torch.equal(both[0] + both[1], X + X.flip(-1))


@pytest.mark.parametrize("wrong", [lambda x, _: x[:1], lambda x, _: None, lambda x, _: x > 0])
def test_what_is_no_batch_of_that_shape_is_refused(wrong):
    with pytest.raises(ParameterError, match="augment: a function must give"):
        changed(wrong, X, torch.Generator())


def test_what_was_mixed_is_said_wherever_it_stands():
    for functions in ((mixup(), shift), (shift, flip, mixup())):
        changes = Changes(functions, True, 7)
        _, _, mixing = changes.apply(X, INDEX, False, drawn(changes.seeds(0, 0)))
        assert sorted(mixing.partner.tolist()) == [0, 1, 2, 3]
        assert mixing.kept.shape == (4,)


class Odd:
    """A mix of the user's that says too little of its rows."""

    def mix(self, x, rng):
        return x, torch.zeros(1, dtype=torch.int64), torch.ones(len(x))

    def __call__(self, x, rng):
        return x


def test_a_mix_that_does_not_say_it_of_each_row_is_refused():
    with pytest.raises(
        ParameterError, match=r"mix must give each row's partner and the share .* got \(1,\) and \(4,\)"
    ):
        changed(Odd(), X, torch.Generator())
