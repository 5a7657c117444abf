"""What a fit is asked for: by whom, with which parameters, for which kind of problem."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from foveal.tasks.kind import Kind


@dataclass(frozen=True)
class Request:
    """An estimator's name, its checked parameters, its kind of problem, and what was learnt of X's columns.

    `names` are those of the columns where X is a table, for messages.
    """

    estimator: str
    parameters: dict[str, Any]
    kind: Kind
    columns: Mapping[str, Any] = field(default_factory=dict)
    names: Sequence[Any] | None = None
