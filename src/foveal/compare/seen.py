"""What baselines see of rows, and which baselines they are: texts as they are, arrays made small."""

from typing import Any

from numpy.typing import NDArray

from foveal.compare.baselines import Function, baselines_for
from foveal.compare.small import described, small_rows, small_sizes
from foveal.compare.text_baselines import text_baselines_for
from foveal.data.text.texts import Texts
from foveal.tasks.kind import Problem
from foveal.tasks.table import KINDS

Array = NDArray[Any]


def seen(source: Any, rows: Array | None = None) -> Array:
    """Give what baselines see of rows: strings, or small arrays (N, values).

    >>> seen(Texts(["a", "b"])).tolist()
    ['a', 'b']
    """
    if isinstance(source, Texts):
        return source.texts if rows is None else source.texts[rows]
    return small_rows(source, rows)


def what_is_seen(source: Any) -> str:
    """Say what that is; raises `DataError` for rows of which baselines see nothing.

    >>> what_is_seen(Texts(["a", "b"]))
    'texts'
    """
    return "texts" if isinstance(source, Texts) else described(small_sizes(source.form))


def functions_for(problem: Problem, source: Any) -> tuple[tuple[str, Function, bool], ...]:
    """Give the baselines of a kind of problem on such rows."""
    if not isinstance(source, Texts):
        return baselines_for(problem)
    return text_baselines_for(problem) if problem.kind.name in KINDS else ()
