"""Tiny data to draw: one to three spatial axes, all kinds of y; and ways to spoil them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

#: Axes of X -> layouts that may be told, the inferred one last.
LAYOUTS = {1: ("NCL", "NLC", None), 2: ("NCHW", "NHWC", None), 3: ("NDHWC", "NDHW", None)}
DTYPES = ("uint8", "float32", "float64", "int64", "bool", "float16", ">f4")
VOLUMES = st.tuples(st.integers(2, 4), st.integers(1, 4), st.integers(1, 4)).map(list)
CLASSES = ("integers", "strings", "booleans", "floats", "objects", "a column")
INDICATORS = ("indicator", "one-hot")
TARGETS = ("values", "targets", "whole values")


@dataclass(frozen=True)
class Data:
    """What a fit is given; `fault` says how it was spoilt, if it was."""

    X: Any
    y: Any
    sample_weight: Any
    layout: str | None
    kind: str
    fault: str = ""


@st.composite
def data(draw: Callable[..., Any], kinds: tuple[str, ...]) -> Data:
    """Draw data whose y is of one of some kinds."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_axes = draw(st.sampled_from((1, 1, 2, 2, 2, 3)))
    # A volume's first axis is not of length 1: there torch 2.13 computes Conv3d of one channel wrongly in bfloat16.
    size = [draw(st.integers(1, 9)) for _ in range(n_axes)] if n_axes < 3 else draw(VOLUMES)
    channels, n = draw(st.integers(1, 4)), draw(st.integers(1, 30))
    layout = draw(st.sampled_from(LAYOUTS[n_axes]))
    shape = _shape(n, channels, size, layout)
    X = (rng.normal(size=shape) * draw(st.sampled_from((1, 50, 1e-3))) + draw(st.sampled_from((0, 100)))).astype(
        draw(st.sampled_from(DTYPES))
    )
    kind = draw(st.sampled_from(kinds))
    weight = draw(st.sampled_from(("none", "none", "none", "random", "some zero", "one number", "tiny")))
    return Data(X, labels(kind, n, rng), _weights(weight, n, rng), layout, kind)


def _shape(n: int, channels: int, size: list[int], layout: str | None) -> tuple[int, ...]:
    if layout is None:  # what is inferred: (N, L), (N, H, W), (N, C, D, H, W)
        return (n, channels, *size) if len(size) == 3 else (n, *size)
    if "C" not in layout:
        return (n, *size)
    return (n, channels, *size) if layout[1] == "C" else (n, *size, channels)


def labels(kind: str, n: int, rng: np.random.Generator) -> Any:
    """Make a y of n rows."""
    numbers = np.arange(n) % int(rng.integers(2, 4))
    mixed = np.empty(3, object)
    mixed[:] = ["a", 3, ("b", 1)]
    kinds: dict[str, Callable[[], Any]] = {
        "integers": lambda: numbers,
        "strings": lambda: np.array(["cat", "dog", "eel"])[numbers],
        "booleans": lambda: numbers > 0,
        "floats": lambda: numbers * 2.0,
        "objects": lambda: mixed[numbers],
        "a column": lambda: numbers[:, None],
        "indicator": lambda: rng.integers(0, 2, size=(n, 3)),
        "one-hot": lambda: np.eye(3)[numbers],
        "values": lambda: rng.normal(size=n) * 1e3,
        "targets": lambda: rng.normal(size=(n, 2)) + 1e6,
        "whole values": lambda: numbers.astype(float)[:, None],
    }
    return kinds[kind]()


def _weights(kind: str, n: int, rng: np.random.Generator) -> Any:
    kinds = {
        "none": None,
        "random": rng.uniform(0.1, 5, size=n),
        "some zero": np.arange(n) % 4 + 0.0,
        "one number": 3,
        "tiny": np.full(n, 1e-300),
    }
    return kinds[kind]


def _with(X: Any, value: Any) -> Any:
    spoilt = X.astype(type(value) if isinstance(value, complex) else np.float64)
    spoilt[len(X) // 2] = value
    return spoilt


#: Each is an error whatever the estimator.
FAULTS: dict[str, Callable[[Data], Data]] = {
    "NaN in X": lambda d: replace(d, X=_with(d.X, np.nan)),
    "infinity in X": lambda d: replace(d, X=_with(d.X, -np.inf)),
    "complex X": lambda d: replace(d, X=_with(d.X, 1j)),
    "strings in X": lambda d: replace(d, X=d.X.astype(str)),
    "no rows": lambda d: replace(d, X=d.X[:0], y=d.y[:0], sample_weight=None),
    "no pixels": lambda d: replace(d, X=d.X[..., :0]),
    "one axis": lambda d: replace(d, X=np.arange(float(len(d.X)))),
    "X of None": lambda d: replace(d, X=None),
    "y of None": lambda d: replace(d, y=None),
    "y too long": lambda d: replace(d, y=np.concatenate([d.y, d.y[:1]])),
    "y of dicts": lambda d: replace(d, y=[{}] * len(d.X)),
    "NaN in y": lambda d: replace(d, y=[float("nan")] * len(d.X)),
    "three axes in y": lambda d: replace(d, y=np.zeros((len(d.X), 2, 2))),
    "weights too short": lambda d: replace(d, sample_weight=np.ones(len(d.X) + 1)),
    "weights below zero": lambda d: replace(d, sample_weight=-np.ones(len(d.X))),
    "weights of zero": lambda d: replace(d, sample_weight=np.zeros(len(d.X))),
}


def spoilt(data: Data, fault: str) -> Data:
    """Spoil data in one way."""
    return replace(FAULTS[fault](data), fault=fault)
