"""What is of none of the classes: rows whose last features lie far from those of all known rows."""

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.calibration.risk import Risk, of_scores

Array = NDArray[Any]

#: Rows that are kept at most, and values of them.
MOST_ROWS, MOST_VALUES = 500, 2**19
#: Known rows that are compared with at once.
_BLOCK = 4096


@dataclass(frozen=True)
class Outliers:
    r"""How far rows lie from known ones: 1 less the largest cosine between a row's features and those of known rows.

        s(x) = 1 - max over i of <f(x), f_i> / (\|f(x)\| \|f_i\|)

    f are the network's last features, f_i those of held-out rows. Source: Sun et al., "Out-of-distribution detection
    with deep nearest neighbors", ICML 2022, section 3, with k = 1; they take the distance of the same unit vectors,
    which falls as the cosine rises. Deviation: the known rows are held-out ones, 500 at most (they take all training
    rows), whose own scores leave themselves out.

    known : their unit vectors, float16, one after the other, as bytes.
    size : how many features there are.
    risk : by which threshold what share of known rows is taken for known.
    """

    known: bytes
    size: int
    risk: Risk

    @property
    def vectors(self) -> Array:
        """The unit vectors of the known rows, (M, features) float32."""
        return np.frombuffer(self.known, "<f2").reshape(-1, self.size).astype(np.float32)

    def scores(self, features: Array) -> Array:
        """Give how far each row lies from what is known: features (N, features) -> (N,), 0 to 2.

        >>> near = outliers_of(np.eye(3).repeat(2, axis=0))
        >>> near.scores(np.array([[2.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])).round(2).tolist()
        [0.0, 1.0]
        """
        vectors = self.vectors
        parts = [_farness(features[i : i + _BLOCK], vectors) for i in range(0, len(features), _BLOCK)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def threshold(self, share: float) -> float:
        """Give what known rows score more than in at most that share of cases, on average."""
        return self.risk.threshold(1 - share, f"outliers={share}")


def outliers_of(features: Array, seed: int = 0) -> Outliers:
    """Learn from the features of known rows, (N, features)."""
    n_rows, size = features.shape
    kept = np.arange(n_rows)
    most = max(2, min(MOST_ROWS, MOST_VALUES // size))
    if n_rows > most:
        kept = np.sort(np.random.default_rng(seed).choice(n_rows, most, replace=False))
    known = _unit(features[kept]).astype("<f2")
    vectors = known.astype(np.float32)
    scores = np.concatenate([_farness(features[i : i + _BLOCK], vectors) for i in range(0, n_rows, _BLOCK)])
    others = _cosines(features[kept], vectors)
    np.fill_diagonal(others, -1.0)
    scores[kept] = 1 - others.max(axis=1)
    return Outliers(known.tobytes(), size, of_scores(scores))


def _farness(features: Array, vectors: Array) -> Array:
    return np.asarray(1 - _cosines(features, vectors).max(axis=1), np.float64)


def _cosines(features: Array, vectors: Array) -> Array:
    return np.asarray(_unit(features) @ vectors.T)


def _unit(features: Array) -> Array:
    """Give rows the length 1; one of zeros stays."""
    features = features.astype(np.float32)
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.where(lengths > 0, lengths, 1))


def to_text(known: bytes) -> str:
    """Write vectors as a string of JSON."""
    return base64.b64encode(known).decode()


def from_text(text: str, size: int) -> bytes:
    """Read vectors of a string, and check that they are some: finite, whole rows, of length 1 or 0.

    Raises `ValueError`.
    """
    if len(text) > 4 * MOST_VALUES:
        raise ValueError(f"calibration.outliers holds more than {MOST_VALUES:,} values")
    known = base64.b64decode(text, validate=True)
    if not known or len(known) % (2 * size):
        raise ValueError(f"calibration.outliers holds no whole rows of {size} features")
    lengths = np.linalg.norm(np.frombuffer(known, "<f2").reshape(-1, size).astype(np.float32), axis=1)
    if not (np.isfinite(lengths).all() and (lengths < 1.1).all()):
        raise ValueError("calibration.outliers holds vectors that are none of length 1")
    return known
