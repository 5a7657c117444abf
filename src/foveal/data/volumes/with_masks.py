"""Volumes and a mask for each: paired by name, held against each other by headers, refused where they do not fit."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from foveal.data.images.label_choice import Asked
from foveal.data.images.listing.mask_pairs import By, Pairs, pair_masks
from foveal.data.images.listing.names import nfc, printable
from foveal.data.images.own_size import PicturesOfOwnSize
from foveal.data.images.pictures import Pictures
from foveal.data.images.progress import Progress
from foveal.data.images.records import Bad, BadPicture, Listing
from foveal.data.images.refusing import refuse
from foveal.data.volumes.formats import ENDINGS, stored_of
from foveal.data.volumes.headers import learnt_from, read_stored, remarks, unsuited
from foveal.data.volumes.infer import infer_volume_rule
from foveal.data.volumes.listing import VOLUMES, list_volumes
from foveal.data.volumes.mask_grids import over_volume
from foveal.data.volumes.masked import rows_with_masks
from foveal.data.volumes.rule import VolumeRule, check_volume_rule
from foveal.data.volumes.stored import Stored


class Wanted(NamedTuple):
    """What is said of the input rule: whether volumes keep their own sizes; a whole rule; its steps."""

    own: bool
    input_rule: Sequence[Mapping[str, Any]] | None
    steps: Mapping[str, Any]


def stem_of(name: str) -> str:
    """Give the name of a file of volumes without its ending; a folder of slices may have a point in its name.

    >>> stem_of("a/T1.nii.gz"), stem_of("1.2.840")
    ('a/T1', '1.2.840')
    """
    endings = sorted(ENDINGS, key=len, reverse=True)
    ending = next((end for end in endings if name.lower().endswith(end)), "")
    return nfc(printable(name[: len(name) - len(ending)]))


VOLUMES_BY = By(lambda folder: list_volumes(folder, labelled=False).places, stem_of, "volume")


def open_with_masks(
    source: Any, listing: Listing, masks: Any, asked: Asked, wanted: Wanted, *, on_bad: str, progress: Progress,
    path: str | None = None, root: Any = None,
) -> Pictures | PicturesOfOwnSize:  # fmt: skip
    """Open volumes with their masks, `path` and `root` as of `pair_masks`.

    All headers are read before any voxel. Raises `DataError` that lists what is wrong of them, or else of the voxels.
    """
    pairs = pair_masks(source, listing, masks, path=path, root=root, told=progress.say, by=VOLUMES_BY)
    listing = pairs.listing
    headers, unread = read_stored(listing, progress)
    number = {place: row for row, place in enumerate(listing.places)}
    bad = {number[one.place]: one for one in (*pairs.bad, *unread) if one.place in number}
    spare = [one for one in pairs.bad if one.place not in number]
    usable = [None if row in bad else header for row, header in enumerate(headers)]
    if not any(usable):
        refuse([*bad.values(), *spare], len(headers), "stop", progress.say, VOLUMES, masked=True)
    rule = _rule(listing, usable, wanted, progress)
    bad |= {number[one.place]: one for one in unsuited(listing, usable, rule, set())}
    bad |= check_masks(pairs, [None if row in bad else header for row, header in enumerate(usable)], rule, progress)
    told = [*(bad[row] for row in sorted(bad)), *spare]
    good = [row for row in range(len(headers)) if row not in bad]
    if on_bad == "stop" or not good:
        refuse(told, len(headers), "stop", progress.say, VOLUMES, masked=True)
    return rows_with_masks(pairs, good, rule, headers, asked, bad=told, on_bad=on_bad, progress=progress)


def _rule(listing: Listing, headers: Sequence[Stored | None], wanted: Wanted, progress: Progress) -> VolumeRule:
    if wanted.input_rule is not None:
        return check_volume_rule(tuple(wanted.input_rule))
    rule, said = infer_volume_rule(learnt_from(listing, headers), varying=wanted.own, **wanted.steps)
    progress.say("; ".join([*said, *(["size='own': none is changed"] if wanted.own else []), *remarks(headers)]))
    return rule


def check_masks(pairs: Pairs, headers: Sequence[Stored | None], rule: VolumeRule, progress: Progress) -> dict[int, Bad]:
    """Read the headers of masks, and hold them against those of their volumes; give what is wrong by row."""
    wrong = dict[int, Bad]()
    for row, (mask, header) in enumerate(zip(pairs.masks, headers, strict=True)):
        if mask is None or header is None:
            continue
        try:
            over_volume(stored_of(mask.path), header, rule[0]["to"])
        except BadPicture as bad:
            wrong[row] = Bad(mask, bad.reason)
        progress.show("headers of masks", row + 1 - len(wrong), len(wrong), len(headers))
    return wrong
