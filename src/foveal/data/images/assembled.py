"""Rows made of what was listed, decoded and kept: labels as words, and pictures with the same pixels in one group."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from foveal.core.errors import DataError
from foveal.core.free_memory import available_memory
from foveal.data.images.cache.kept import SHARE, Kept
from foveal.data.images.cache.own_sizes import Ragged
from foveal.data.images.duplicates import groups_with_duplicates, numbers_of, remarks
from foveal.data.images.listing.chosen import only, words
from foveal.data.images.listing.splits import check_parts
from foveal.data.images.masked import Masks
from foveal.data.images.on_the_fly import OnTheFly
from foveal.data.images.own_size import PicturesOfOwnSize
from foveal.data.images.pictures import Pictures, about_rows
from foveal.data.images.reading.rule import InputRule, dtype_of, shape_of
from foveal.data.images.records import Bad, Listing
from foveal.data.images.refusing import tell_empty
from foveal.data.middle import middle_of


def assembled(
    kept: Kept,
    listing: Listing,
    rule: InputRule,
    good: NDArray[np.intp],
    bad: Sequence[Bad],
    say: Callable[[str], None],
    masks: Masks | None = None,
) -> Pictures | PicturesOfOwnSize:
    """Make the rows `good` of a listing, which are those of `kept`, with their masks where there are some.

    Raises `DataError` where no row is left.
    """
    rows = None
    if len(good) < len(listing.places):
        rows = good
        if not len(rows):
            raise DataError(f"{listing.root}: no file is a picture that can be read")
        listing = check_parts(only(listing, rows))
        tell_empty(listing, say)
    files = np.array([place.name for place in listing.places], object)
    same = numbers_of(kept.digests if rows is None else kept.digests[rows])
    y = words(listing)
    for remark in remarks(same, files, y, listing.split):
        say(remark)
    groups, count = groups_with_duplicates(same, listing.groups), len(same) - int(same.max()) - 1
    if isinstance(kept.X, Ragged):
        assert masks is not None  # noqa: S101  (there is no other way to own sizes)
        about = about_rows(len(files), bad, count, masks.step)
        X, y = (kept.X, masks.y) if rows is None else (kept.X.chosen(rows), masks.y.chosen(rows))
        how: dict[str, Any] = {"mask_rule": masks.step, "names": masks.names, "groups": groups, "split": listing.split}
        return PicturesOfOwnSize(X, y, rule, files, skipped=bad, about=about, **how)
    fits = hasattr(kept.X, "nbytes") and kept.X.nbytes * SHARE <= available_memory(torch.device("cpu"))
    X = _of_size(kept.X, rule)
    return Pictures(
        X,
        rule,
        files,
        in_memory=fits,
        sums=kept.sums,
        larger=None if X is kept.X else kept.X,
        y=y,
        names=listing.class_names if masks is None else masks.names,
        groups=groups,
        split=listing.split,
        skipped=bad,
        duplicates=count,
        numbers=rows,
        masks=None if masks is None else masks.y,
        mask_rule=None if masks is None else masks.step,
    )


def _of_size(stored: Any, rule: InputRule) -> Any:
    """Give the rows that a rule makes, as a view of those that are stored, or decoded anew each time as those are."""
    shape = shape_of(rule)
    if stored.shape[1:] == shape:
        return stored
    if isinstance(stored, OnTheFly):
        return OnTheFly(stored.pictures, rule, shape, dtype_of(rule))
    return middle_of(stored, shape[:2])
