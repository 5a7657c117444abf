"""The first pass over pictures, and over their masks: what is listed is paired, headers are read, bad ones are told."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.data.images.cache.headers import read_headers
from foveal.data.images.cache.keys import Files, known_by
from foveal.data.images.listing.mask_pairs import Pairs
from foveal.data.images.listing.splits import check_parts
from foveal.data.images.masked import check_sizes
from foveal.data.images.progress import Progress
from foveal.data.images.records import Bad, Header, Listing, Place
from foveal.data.images.refusing import refuse


class FirstPass(NamedTuple):
    """What is there: rows `wanted` are good as far as headers tell, `bad` are left out.

    `files` is what the pictures are known by in the cache, None where nothing is kept; `masks` are those of the rows,
    None where none was asked for.
    """

    listing: Listing
    headers: Sequence[Header | None]
    wanted: NDArray[np.intp]
    bad: list[Bad]
    files: Files | None
    masks: tuple[Place | None, ...] | None = None
    mask_headers: Sequence[Header | None] = ()

    @property
    def to_learn_from(self) -> list[Header]:
        """The headers of the rows to train on."""
        split = self.listing.split
        rows = self.wanted if split is None else self.wanted[split[self.wanted] == "train"]
        return [header for row in rows.tolist() if (header := self.headers[row]) is not None]


def first_pass(found: Pairs | Listing, *, on_bad: str, cached: bool, progress: Progress) -> FirstPass:
    """Read the headers of what is listed; raise `DataError` for bad ones, or leave them out and say so."""
    listing = found.listing if isinstance(found, Pairs) else found
    check_parts(listing)
    files = known_by(listing.places) if cached else None
    headers, bad = read_headers(listing.places, None if files is None else files.digest, progress)
    mask_headers: Sequence[Header | None] = ()
    odd: dict[int, Bad] = {}
    if isinstance(found, Pairs):
        mask_headers, odd = check_sizes(headers, found.masks, cached, progress)
        bad = [*bad, *found.bad, *odd.values()]
    refuse(bad, len(listing.places), on_bad, progress.say, masked=isinstance(found, Pairs))
    wrong = {each.place for each in bad}
    good: list[Any] = [row for row, place in enumerate(listing.places) if place not in wrong and row not in odd]
    masks = found.masks if isinstance(found, Pairs) else None
    return FirstPass(listing, headers, np.array(good, int), bad, files, masks, mask_headers)
