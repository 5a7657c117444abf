"""`foveal.open_images`: files become rows to learn from, by one rule; bad ones are told before anything is trained."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from foveal.core.errors import DataError
from foveal.core.free_memory import available_memory
from foveal.core.rules import check, choice
from foveal.data.images.cache.headers import read_headers
from foveal.data.images.cache.kept import SHARE, Kept, bytes_of, keep
from foveal.data.images.cache.keys import known_by
from foveal.data.images.cache.store import Work
from foveal.data.images.duplicates import groups_with_duplicates, numbers_of, remarks
from foveal.data.images.listing.door import open_listing
from foveal.data.images.listing.names import some
from foveal.data.images.listing.splits import check_parts
from foveal.data.images.pictures import Pictures
from foveal.data.images.progress import SILENT, Progress
from foveal.data.images.reading.infer import infer_rule
from foveal.data.images.reading.rule import InputRule, check_rule
from foveal.data.images.records import Bad, Listing
from foveal.data.images.refusing import refuse


def open_images(
    source: Any,
    *,
    size: int | Sequence[int] | None = None,
    resize: str = "pad",
    colour: str = "auto",
    background: str | Sequence[int] = "white",
    depth: str = "auto",
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
        rule = check_rule(tuple(input_rule))
    else:
        parts = _parts(listing)
        learnt_from = [header for header, part in zip(headers, parts, strict=True) if header and part == "train"]
        rule, said = infer_rule(
            learnt_from, size=size, resize=resize, colour=colour, background=background, depth=depth
        )
        progress.say("; ".join(said))
    work = Work(listing.root, listing.places, wanted, rule, None if files is None else files.each)
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
        listing = check_parts(_only(listing, rows))
        _tell_empty(listing, say)
    files = np.array([place.name for place in listing.places], object)
    same = numbers_of(kept.digests if rows is None else kept.digests[rows])
    y = _words(listing)
    for remark in remarks(same, files, y, listing.split):
        say(remark)
    fits = hasattr(kept.X, "nbytes") and kept.X.nbytes * SHARE <= available_memory(torch.device("cpu"))
    return Pictures(
        kept.X,
        rule,
        files,
        in_memory=fits,
        sums=kept.sums,
        y=y,
        names=listing.class_names,
        groups=groups_with_duplicates(same, listing.groups),
        split=listing.split,
        skipped=bad,
        duplicates=len(same) - int(same.max()) - 1,
        numbers=rows,
    )


def _tell_empty(listing: Listing, say: Callable[[str], None]) -> None:
    """Say which classes have no picture any more."""
    if listing.class_names is None or listing.y is None:
        return
    y = listing.y
    counts = y.sum(axis=0) if y.ndim == 2 else np.bincount(y, minlength=len(listing.class_names))
    empty = [name for name, count in zip(listing.class_names, counts.tolist(), strict=True) if not count]
    if empty:
        say(f"no picture that can be read is left of {some(empty)}")


def _only(listing: Listing, rows: NDArray[np.intp]) -> Listing:
    """Give some rows of a listing."""
    columns = {name: getattr(listing, name) for name in ("y", "split", "groups")}
    chosen = {name: column[rows] for name, column in columns.items() if column is not None}
    return replace(listing, places=tuple(listing.places[row] for row in rows), **chosen)


def _parts(listing: Listing) -> Sequence[str]:
    return ["train"] * len(listing.places) if listing.split is None else listing.split.tolist()


def _words(listing: Listing) -> NDArray[Any] | None:
    """Give labels by their names; several labels, and targets, as they are."""
    y = listing.y
    if y is None or listing.class_names is None or y.ndim == 2:
        return y
    words: NDArray[Any] = np.array(listing.class_names)[y]
    return words
