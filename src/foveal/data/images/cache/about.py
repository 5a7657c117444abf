"""What a folder of the cache says of itself, for people who look at the cache and for those who search it."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from foveal.core.files import write_atomically
from foveal.data.images.reading.rule import InputRule

ABOUT = "about.json"


def read_about(folder: Path) -> Mapping[str, Any]:
    """Read what the rows of a folder are of; nothing where that is damaged or not there."""
    with suppress(OSError, ValueError):
        found = json.loads((folder / ABOUT).read_bytes())
        return found if isinstance(found, dict) else {}
    return {}


def write_about(folder: Path, root: str, rule: InputRule, rows: int, *, tried: bool = False, bad: int = 0) -> None:
    """Say what the rows are of, whether all of them have been tried, and how many are no pictures."""
    about = {"root": root, "rows": rows, "rule": list(map(dict, rule)), "tried": tried, "bad": bad}
    write_atomically(folder / ABOUT, json.dumps(about).encode())


def is_by(about: Mapping[str, Any], rule: InputRule) -> bool:
    """Tell whether rows were made by a rule.

    >>> is_by({"rule": [{"step": "resize", "size": [4, 4]}]}, ({"step": "resize", "size": (4, 4)},))
    True
    """
    return bool(about.get("rule") == json.loads(json.dumps(list(map(dict, rule)))))
