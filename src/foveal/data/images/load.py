"""`foveal.open_images`: files become rows to learn from, by one rule; bad ones are told before anything is trained."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from foveal.core.errors import DataError, ParameterError
from foveal.core.free_memory import available_memory
from foveal.core.rules import check, choice, shown
from foveal.data.images.cache.headers import read_headers
from foveal.data.images.cache.kept import SHARE, Kept, bytes_of, keep
from foveal.data.images.cache.keys import known_by
from foveal.data.images.cache.store import Work
from foveal.data.images.duplicates import groups_with_duplicates, numbers_of, remarks
from foveal.data.images.listing.chosen import only, words
from foveal.data.images.listing.door import open_listing
from foveal.data.images.listing.splits import check_parts
from foveal.data.images.on_the_fly import OnTheFly
from foveal.data.images.pictures import Pictures
from foveal.data.images.progress import SILENT, Progress
from foveal.data.images.reading.infer import infer_rule
from foveal.data.images.reading.resize import middle
from foveal.data.images.reading.rule import InputRule, check_rule, dtype_of, shape_of, stored_by
from foveal.data.images.records import Bad, Listing
from foveal.data.images.refusing import refuse, tell_empty


def open_images(
    source: Any,
    *,
    size: int | Sequence[int] | None = None,
    resize: str = "pad",
    colour: str = "auto",
    background: str | Sequence[int] = "white",
    depth: str = "auto",
    store_size: int | Sequence[int] | None = None,
    input_rule: Sequence[Mapping[str, Any]] | None = None,
    y: Any = None,
    pattern: str | re.Pattern[str] | None = None,
    path: str | None = None,
    label: str | None = None,
    labels: str | Sequence[str] | None = None,
    target: str | Sequence[str] | None = None,
    split: str | None = None,
    group: str | None = None,
    root: str | os.PathLike[str] | None = None,
    on_bad: str = "stop",
    cache: bool = True,
    cache_limit: int | str = "20GB",
    progress: Progress = SILENT,
) -> Pictures:
    """Open pictures in files as rows to learn from, an array-like (N, H, W, C) with `y`.

    Every picture is decoded once, on all cores, into a file in the user's cache (`$FOVEAL_CACHE`, else
    `~/.cache/foveal`); the next time it is mapped, and nothing is decoded. Nothing is written beside the pictures.

    Parameters
    ----------
    source : path, list of paths or table
        A folder of class folders, perhaps within train, valid and test; a table of paths and labels (.csv, .tsv,
        .parquet or a DataFrame); tar shards; a list of files.
    size, resize, colour, background, depth
        The rule from file to row, `make_rule`; what is not said is chosen from the training pictures, `infer_rule`.
    store_size : side, or height and width, optional
        Larger than `size`: pictures are resized to it, and kept so. Rows are the middle of them, of `size`; in training
        the first `crop` or `resized_crop` of `augment` cuts its windows out of them. Rows with the same pixels, mean
        and deviation are those of what is kept.
    input_rule : steps, optional
        A whole rule in their place, as other `Pictures` or a fitted model have it.
    y, pattern
        Labels of a list of files; how labels stand in file names, such as "{label}_{}.png".
    path, label, labels, target, split, group
        Names of a table's columns, where they are not the usual ones: `open_listing`.
    root : path, optional
        The folder that relative paths begin in.
    on_bad : str
        "stop": files that are no pictures are an error that lists them. "skip": they are left out and counted.
    cache, cache_limit
        Whether to keep decoded pictures on disk, and up to which size, bytes or "20GB". Beyond it, and without, they
        are kept in memory if they take a quarter of what is free at most, else decoded each time they are read.

    Raises
    ------
    DataError
        If there is no picture, or files are bad, or the labels are.
    ResourceError
        If files cannot be read, or the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("cat", "dog"):
    ...         Path(folder, name).mkdir()
    ...         Image.new("RGB", (32, 24)).save(Path(folder, name, "1.png"))
    ...     pets = open_images(folder, size=16, cache=False)
    >>> pets.shape, pets.y.tolist(), pets.class_names
    ((2, 16, 16, 3), ['cat', 'dog'], ('cat', 'dog'))
    """
    check("on_bad", on_bad, choice("stop", "skip"))
    limit = bytes_of(cache_limit, "cache_limit")
    listing = open_listing(
        source, y=y, pattern=pattern, path=path, label=label, labels=labels, target=target, split=split, group=group,
        root=root, told=progress.say,
    )  # fmt: skip
    check_parts(listing)
    total = len(listing.places)
    files = known_by(listing.places) if cache else None
    digest = None if files is None else files.digest
    headers, bad = read_headers(listing.places, digest, progress)
    refuse(bad, total, on_bad, progress.say)
    wanted = np.array([row for row, header in enumerate(headers) if header is not None], int)
    if input_rule is not None:
        if store_size is not None:
            raise ParameterError(f"store_size={shown(store_size)} is said by input_rule already; pass one of the two")
        rule = check_rule(tuple(input_rule))
    else:
        parts = _parts(listing)
        learnt_from = [header for header, part in zip(headers, parts, strict=True) if header and part == "train"]
        rule, said = infer_rule(
            learnt_from, size=size, resize=resize, colour=colour, background=background, depth=depth,
            store_size=store_size,
        )  # fmt: skip
        progress.say("; ".join(said))
    work = Work(listing.root, listing.places, wanted, stored_by(rule), None if files is None else files.each)
    kept = keep(work, digest, limit, progress)
    refuse(kept.bad, total, on_bad, progress.say)
    return _pictures(kept, listing, rule, [*bad, *kept.bad], progress.say)


def _pictures(kept: Kept, listing: Listing, rule: InputRule, bad: list[Bad], say: Callable[[str], None]) -> Pictures:
    """Make the rows: labels as words, and pictures with the same pixels in one group."""
    rows = None
    if bad:
        wrong = {wrong.place for wrong in bad}
        rows = np.array([row for row, place in enumerate(listing.places) if place not in wrong], int)
        if not len(rows):
            raise DataError(f"{listing.root}: no file is a picture that can be read")
        listing = check_parts(only(listing, rows))
        tell_empty(listing, say)
    files = np.array([place.name for place in listing.places], object)
    same = numbers_of(kept.digests if rows is None else kept.digests[rows])
    y = words(listing)
    for remark in remarks(same, files, y, listing.split):
        say(remark)
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
        names=listing.class_names,
        groups=groups_with_duplicates(same, listing.groups),
        split=listing.split,
        skipped=bad,
        duplicates=len(same) - int(same.max()) - 1,
        numbers=rows,
    )


def _of_size(stored: Any, rule: InputRule) -> Any:
    """Give the rows that a rule makes, as a view of those that are stored, or decoded anew each time as those are."""
    shape = shape_of(rule)
    if stored.shape[1:] == shape:
        return stored
    if isinstance(stored, OnTheFly):
        return OnTheFly(stored.pictures, rule, shape, dtype_of(rule))
    return middle(stored, shape[:2])


def _parts(listing: Listing) -> Sequence[str]:
    return ["train"] * len(listing.places) if listing.split is None else listing.split.tolist()
