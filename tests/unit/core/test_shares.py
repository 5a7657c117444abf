import pytest
import torch

from foveal.core.shares import Share, part_bounds


@pytest.mark.parametrize("parts", [1, 2, 3, 7])
@pytest.mark.parametrize("world", [1, 2, 3, 5, 64])
def test_together_the_shares_are_the_batch(world, parts):
    """Every row once, part by part in their order, and no share more than a row larger than another in a part."""
    for rows in range(1, 40):
        batch = torch.arange(rows)
        shares = [Share(rank, world, parts) for rank in range(world)]
        assert torch.equal(torch.cat([share.cut(batch) for share in shares]).sort().values, batch)
        spans = [share.spans(rows) for share in shares]
        for number, (start, stop) in enumerate(part_bounds(rows, parts)):
            sizes = [each[number].stop - each[number].start for each in spans]
            assert sum(sizes) == stop - start == spans[0][number].rows
            assert max(sizes) - min(sizes) <= 1
            first = sum(each.stop - each.start for each in spans[-1][:number])
            own = shares[-1].cut(batch)[first : first + sizes[-1]]
            assert own.tolist() == list(range(stop - sizes[-1], stop))


def test_a_cut_keeps_the_order_in_memory():
    batch = torch.zeros(8, 3, 4, 4).contiguous(memory_format=torch.channels_last)
    for parts in (1, 2):
        assert Share(1, 2, parts).cut(batch).is_contiguous(memory_format=torch.channels_last)
