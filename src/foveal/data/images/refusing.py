"""Files that cannot be read: an error that lists them, or a sentence that they are left out."""

from collections.abc import Callable, Sequence

import numpy as np

from foveal.core.errors import DataError
from foveal.data.images.listing.names import PICTURES, Sort, some
from foveal.data.images.records import Bad, Listing

#: Bad files that an error names; more are counted.
_NAMED = 50


def refuse(
    bad: Sequence[Bad],
    total: int,
    on_bad: str,
    say: Callable[[str], None],
    sort: Sort = PICTURES,
    fit: str = "",
    *,
    masked: bool = False,
) -> None:
    """Stop for files that are none of their sort, or say how many are left out; `fit` is what they are to be fit for.

    `masked` says that pictures have masks, which are told of too.

    >>> from foveal.data.images.records import Place
    >>> refuse([Bad(Place("/a.png", "a.png"), "is empty: 0 bytes")], 2, "skip", print)
    1 of 2 files is no picture that can be read, and left out:
      a.png: is empty: 0 bytes
    """
    if not bad:
        return
    told = "\n".join(f"  {wrong.place.name}: {wrong.reason}" for wrong in bad[:_NAMED])
    more = f"\n  and {len(bad) - _NAMED:,} more" if len(bad) > _NAMED else ""
    none = f"is no {sort.word}" if len(bad) == 1 else f"are no {sort.word}s"
    are = f"{len(bad):,} of {total:,} files {none} that can be {fit or 'read'}"
    if masked:
        are = f"{len(bad):,} of {total:,} {sort.word}s and their masks cannot be used"
    if on_bad == "stop":
        raise DataError(
            f"{are}; mend or remove them, or leave them out with on_bad='skip' (--on-bad skip):\n{told}{more}"
        )
    say(f"{are}, and left out:\n{told}{more}")


def tell_empty(listing: Listing, say: Callable[[str], None]) -> None:
    """Say which classes have no picture any more."""
    if listing.class_names is None or listing.y is None:
        return
    y = listing.y
    counts = y.sum(axis=0) if y.ndim == 2 else np.bincount(y, minlength=len(listing.class_names))
    empty = [name for name, count in zip(listing.class_names, counts.tolist(), strict=True) if not count]
    if empty:
        say(f"no picture that can be read is left of {some(empty)}")
