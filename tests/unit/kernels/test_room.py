"""Maps lie channels-last whatever the number of axes, and are no views of anything."""

import pytest
import torch

from foveal.kernels.room import channels_last


@pytest.mark.parametrize("shape", [(7,), (4, 3), (4, 5, 3), (2, 4, 5, 3), (1, 1, 3), (4, 5, 1)])
def test_rows_lie_as_the_library_writes_them(shape):
    room = channels_last(2, *shape)
    assert room._base is None
    assert room.dtype == torch.float32
    laid = torch.empty(2, *shape)
    wanted = laid.movedim(-1, 1)
    assert (room.shape, room.stride()) == (wanted.shape, wanted.stride())
