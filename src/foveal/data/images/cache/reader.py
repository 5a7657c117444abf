"""What reads rows that are no pictures in files of their own, such as the frames of videos."""

from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple

from foveal.data.images.reading.pool import Outcome
from foveal.data.images.reading.rule import InputRule


class Reader(NamedTuple):
    """How rows come out of files.

    decoded : as `reading.pool.decoded`: gives each row to a function, on all cores, and yields what became of some.
    each_time : makes an array (N, H, W, C) of places and a rule whose rows are decoded when they are asked for.
    """

    decoded: Callable[..., Generator[list[Outcome], None, None]]
    each_time: Callable[[Sequence[Any], InputRule], Any]
