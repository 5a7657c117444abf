"""Which of the processes that a launcher started this one is, by its environment. Torch-free."""

import os
from collections.abc import Mapping


def rank_of(environment: Mapping[str, str] = os.environ) -> int:
    """Give this process's number as torchrun and its like say it; 0 where there is but one.

    >>> rank_of({"WORLD_SIZE": "2", "RANK": "1"}), rank_of({})
    (1, 0)
    """
    return int(environment.get("RANK", "0")) if int(environment.get("WORLD_SIZE", "1")) > 1 else 0


def restarted(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether torchrun has started this command before, and starts it again because a process died.

    >>> restarted({"TORCHELASTIC_RESTART_COUNT": "1"}), restarted({})
    (True, False)
    """
    return int(environment.get("TORCHELASTIC_RESTART_COUNT", "0")) > 0


def processes(environment: Mapping[str, str] = os.environ) -> int:
    """Count the processes that a launcher started.

    >>> processes({"WORLD_SIZE": "2", "RANK": "1"}), processes({})
    (2, 1)
    """
    return int(environment.get("WORLD_SIZE", "1"))
