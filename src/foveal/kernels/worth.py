"""When layers that stand in a row are faster on kernels than in PyTorch, by their shapes."""

from collections.abc import Sequence

from foveal.kernels.blocks import Block
from foveal.kernels.interface import Layer

#: Convolutions in a row from which the copies at both ends are worth it.
FEWEST_CONVOLUTIONS = 2
#: Values of a filter that each place of the output maps must pay for: filters are transformed, and their gradients
#: back, once a step, whatever the number of places. Bodies of two 3x3 convolutions of 128 channels (one thread,
#: AVX-512) were 0.77 times as fast as PyTorch at 576 values a place, 1.09 times at 144, 1.37 times at 72.
VALUES_A_PLACE = 144
#: Places that are enough for any filter: 512 channels at 6,272 places were 1.6 times as fast, at 2,048 0.95.
ENOUGH_PLACES = 4096


def is_worth_it(blocks: Sequence[Block], rows: int) -> bool:
    """Tell whether a batch of `rows` rows is faster on kernels, the copies at both ends included.

    There must be several convolutions, one of them of several taps: 1x1 alone are matrix products, in which PyTorch is
    as fast. Each must have so many places that what is done once for its filter does not count.
    """
    plans = [block.plan for block in blocks if not block.plan.dense]
    if len(plans) < FEWEST_CONVOLUTIONS or max(map(_taps, plans)) == 1:
        return False
    return all(_places(plan, rows) >= min(_values(plan) / VALUES_A_PLACE, ENOUGH_PLACES) for plan in plans)


def _taps(plan: Layer) -> int:
    return int(plan.filter_height * plan.filter_width)


def _values(plan: Layer) -> int:
    return int(plan.n_in * plan.n_out) * _taps(plan)


def _places(plan: Layer, rows: int) -> int:
    return rows * int(plan.out_height * plan.out_width)
