"""Sounds to be predicted one after the other, of which some may be none: these are rows of zeros, and told."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.data.images.records import Place
from foveal.data.sounds.load import read_places
from foveal.data.sounds.rule import SoundRule, shape_of


class SoundAttempts:
    """An array (N, mels, frames, 1) that is read in slices; `problems` says why a row is none, as for pictures."""

    def __init__(self, places: Sequence[Place], rule: SoundRule) -> None:
        self.places, self.rule, self.dtype = places, rule, np.dtype(np.float32)
        self.shape = (len(places), *shape_of(rule))
        self.ndim = len(self.shape)
        self.problems: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, rows: slice) -> NDArray[Any]:
        """Read a slice of rows."""
        first, stop, _ = rows.indices(len(self))
        found, bad = read_places(self.places[first:stop], self.rule)
        reasons = {wrong.place: wrong.reason for wrong in bad}
        self.problems |= {first + i: reasons[p] for i, p in enumerate(self.places[first:stop]) if p in reasons}
        return found
