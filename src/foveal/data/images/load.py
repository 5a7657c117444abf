"""`foveal.open_images`: files become rows to learn from, by one rule; bad ones are told before anything is trained."""

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from foveal.core.errors import ParameterError
from foveal.core.rules import check, choice, shown
from foveal.data.images.assembled import assembled
from foveal.data.images.cache.kept import bytes_of, keep
from foveal.data.images.cache.own_sizes import is_own, keep_own
from foveal.data.images.cache.store import Work
from foveal.data.images.first_pass import FirstPass, first_pass
from foveal.data.images.label_choice import Asked
from foveal.data.images.listing.door import open_listing
from foveal.data.images.listing.mask_pairs import pair_masks
from foveal.data.images.masked import open_masks
from foveal.data.images.own_size import PicturesOfOwnSize, infer_own
from foveal.data.images.pictures import Pictures
from foveal.data.images.progress import SILENT, Progress
from foveal.data.images.reading.infer import infer_rule
from foveal.data.images.reading.rule import InputRule, check_rule, stored_by
from foveal.data.images.refusing import refuse


def open_images(
    source: Any,
    *,
    size: int | str | Sequence[int] | None = None,
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
    masks: Any = None,
    colours: Any = None,
    class_names: Any = None,
    ignore: Any = None,
    mask_rule: Mapping[str, Any] | None = None,
    on_bad: str = "stop",
    cache: bool = True,
    cache_limit: int | str = "20GB",
    progress: Progress = SILENT,
) -> Any:
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
        With masks also size="own": a list of pictures, and one of masks, each of its own size; `patch=` takes them.
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
    masks : folder, column or list, optional
        A mask for each picture, which `y` then are, (N, H, W): paired by their paths without ending (`pair_masks`), and
        brought to the pictures' size by the same geometry, from the nearest pixel. Palettes give indices, grey of 8 and
        16 bits and .npy files labels, 1 bit 0 and 1; padding has a label that does not count, `ignored`.
    colours : mapping or path, optional
        What colours in masks stand for, {name or label: (r, g, b)}, or a .csv with the columns name, r, g, b.
    class_names, ignore : optional
        Names of the labels 0, 1, 2 ..., or {label: name}; the label, or the name in `colours`, of pixels that do not
        count. What is not said is chosen by the labels that are there, `after_reading`.
    mask_rule : mapping, optional
        In their place, what other `Pictures` or a fitted model say of masks.
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
    limit, asked = bytes_of(cache_limit, "cache_limit"), Asked(colours, class_names, ignore, mask_rule)
    if masks is None and (odd := [name for name, value in asked._asdict().items() if value is not None]):
        raise ParameterError(f"{odd[0]} says what masks hold, and there are none; pass masks=, or leave it out")
    listing = open_listing(
        source, y=y, pattern=pattern, path=path, label=label, labels=labels, target=target, split=split, group=group,
        root=root, told=progress.say, labelled=masks is None,
    )  # fmt: skip
    pairs = listing if masks is None else pair_masks(source, listing, masks, path=path, root=root, told=progress.say)
    found = first_pass(pairs, on_bad=on_bad, cached=cache, progress=progress)
    if input_rule is not None:
        if store_size is not None:
            raise ParameterError(f"store_size={shown(store_size)} is said by input_rule already; pass one of the two")
        rule = check_rule(tuple(input_rule), own=masks is not None)
    else:
        if size == "own" and (masks is None or store_size is not None):
            raise ParameterError("size='own' is for pictures with masks, without store_size; leave one of them out")
        if size == "own":
            rule, said = infer_own(found.to_learn_from, colour=colour, depth=depth, background=background)
        else:
            how: dict[str, Any] = {"size": size, "resize": resize, "colour": colour, "depth": depth}
            rule, said = infer_rule(found.to_learn_from, **how, background=background, store_size=store_size)
        progress.say("; ".join(said))
    return _opened(found, rule, asked, on_bad, limit, progress)


def _opened(
    found: FirstPass, rule: InputRule, asked: Asked, on_bad: str, limit: int, progress: Progress
) -> Pictures | PicturesOfOwnSize:
    """Decode what is not decoded yet, pictures and masks, and make rows of them."""
    listing, files = found.listing, found.files
    each, digest = (None, None) if files is None else (files.each, files.digest)
    work = Work(listing.root, listing.places, found.wanted, stored_by(rule), each)
    own = is_own(rule)
    kept = keep_own(work, digest, found.headers, limit, progress) if own else keep(work, digest, limit, progress)
    no_pictures = {wrong.place for wrong in kept.bad}
    good = np.array([row for row in found.wanted.tolist() if listing.places[row] not in no_pictures], int)
    masks, bad = None, list(kept.bad)
    if found.masks is not None:
        masks = open_masks(
            found.masks, found.mask_headers, good, rule, asked, limit, progress, cached=files is not None
        )
        good, bad = np.setdiff1d(good, list(masks.bad)).astype(int), [*bad, *masks.bad.values()]
    refuse(bad, len(listing.places), on_bad, progress.say, masked=masks is not None)
    return assembled(kept, listing, rule, good, [*found.bad, *bad], progress.say, masks)
