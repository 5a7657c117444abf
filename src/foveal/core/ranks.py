"""Which of the processes that a launcher started this one is, by its environment. Torch-free."""

import os
from collections.abc import Mapping


def rank_of(environment: Mapping[str, str] = os.environ) -> int:
    """Give this process's number as torchrun and its like say it; 0 where there is but one.

    >>> rank_of({"WORLD_SIZE": "2", "RANK": "1"}), rank_of({})
    (1, 0)
    """
    return int(environment.get("RANK", "0")) if int(environment.get("WORLD_SIZE", "1")) > 1 else 0
