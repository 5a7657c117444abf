"""How processes that were started together tell themselves from those that were started before them.

torchrun's store outlives the processes: after a restart it still holds the addresses of the dead, and a group made
under the same names waits for them (PyTorch's issue 135712). The number of restarts is no way out, since each machine's
torchrun counts its own. So each process says hello with a number that it has just drawn, and process 0 answers with the
numbers it has heard and a new name: who finds its number there has met the living.
"""

import json
import secrets
from time import monotonic, sleep
from typing import Protocol

#: Seconds between two looks.
_LOOK = 0.02


class Store(Protocol):
    """Names and values that all processes see; `get` waits for a name."""

    def get(self, key: str) -> bytes:
        """Give a value as soon as there is one."""
        ...

    def set(self, key: str, value: str) -> None:
        """Write a value."""
        ...

    def check(self, keys: list[str]) -> bool:
        """Tell whether all of these names have one."""
        ...


def common_name(store: Store, rank: int, world: int, seconds: float) -> str:
    """Give a name that these processes, and no earlier ones, have in common.

    Raises `TimeoutError` where they do not all come.
    """
    until = monotonic() + seconds
    number, name = secrets.token_hex(8), secrets.token_hex(8)
    store.set(f"hello {rank}", number)
    while monotonic() < until:
        if rank == 0:
            heard = [store.get(f"hello {other}").decode() for other in range(world)]
            store.set("welcome", json.dumps({"name": name, "heard": heard}))
            if store.check([f"{name} {other}" for other in range(1, world)]):
                return name
        else:
            welcome = json.loads(store.get("welcome"))
            if number in welcome["heard"]:
                store.set(f"{welcome['name']} {rank}", "here")
                return str(welcome["name"])
        sleep(_LOOK)
    raise TimeoutError(f"not all of {world} processes came within {seconds:.0f} s")
