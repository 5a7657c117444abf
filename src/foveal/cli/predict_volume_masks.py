"""Masks of volumes in files: one for each, on the file's own grid and with its geometry."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from foveal.cli.mask_rows import Wanted, Work, columns_for, finite_labels, shares_in
from foveal.cli.row_files import Column, Row
from foveal.core.errors import DataError, ParameterError
from foveal.data.images.listing.names import printable
from foveal.data.images.progress import Progress
from foveal.data.images.reading.label_colours import Coloured
from foveal.data.images.records import Place
from foveal.data.instances import instances_of
from foveal.data.volumes.attempts import volumes_at
from foveal.data.volumes.open import answer_file
from foveal.data.volumes.rule import check_volume_rule
from foveal.data.volumes.volume import Volume
from foveal.data.volumes.with_masks import stem_of
from foveal.data.volumes.writing import ENDINGS, on_own_grid, write_like
from foveal.fitted.model import Fitted
from foveal.fitted.segmenting import segmented


def of_volumes(
    fitted: Fitted, inputs: Path, out: Path, classes: Sequence[Coloured], wanted: Wanted, progress: Progress
) -> Work:
    """List volumes, name their masks, and give what answers each; refuse what would be written over an input."""
    if wanted.overlay:
        raise ParameterError(
            "--overlay draws over pictures, and these are volumes; leave it out, and lay the mask over its volume in a "
            "viewer: it has the volume's geometry"
        )
    places = volumes_at(inputs, slices=len(fitted.input_shape) == 3, told=progress.say)
    if len(places) == 1:  # one, whose folders mean nothing
        places = (places[0]._replace(name=Path(places[0].name).name),)
    names = mask_names(places)
    for place, name in zip(places, names, strict=True):
        if (out / name).exists() and any((out / name).samefile(each.path) for each in places):
            raise ParameterError(f"--out {out}: the mask of {place.name} would overwrite a volume; give another folder")
    columns = columns_for(classes, wanted, [Column("voxels", "string")])

    def answer(number: int, telling: bool) -> Row:
        row: Row = dict.fromkeys(column.name for column in columns) | {"file": places[number].name}
        found = _answered(fitted, places[number], out / names[number], classes, wanted, telling=telling)
        return row | found | ({} if "problem" in found else {"mask": names[number]})

    return Work(places, columns, answer)


def mask_names(places: Sequence[Place]) -> list[str]:
    """Name the files of masks after their volumes, with the same ending; DICOM's answers are NIfTI.

    >>> mask_names([Place("", "a/1.nii"), Place("", "series"), Place("", "2.dcm"), Place("", "2.nii.gz")])
    ['a/1.nii', 'series.nii.gz', '2.dcm.nii.gz', '2.nii.gz']
    """
    names = ["/".join(part for part in place.name.split("/") if part not in ("", "..")) for place in places]
    found = [_named(name) for name in names]
    others = {name for name, mask in zip(names, found, strict=True) if name == mask}
    return [f"{n}.nii.gz" if n != mask and mask in others else mask for n, mask in zip(names, found, strict=True)]


def _named(name: str) -> str:
    return name if name.lower().endswith(ENDINGS) else f"{stem_of(name)}.nii.gz"


def _answered(
    fitted: Fitted, place: Place, target: Path, classes: Sequence[Coloured], wanted: Wanted, *, telling: bool
) -> Row:
    """Write what is wanted of a volume, and give what its row says."""
    labels: Any = None

    def answer(volume: Volume) -> Any:
        nonlocal labels
        _check_fits(volume, fitted.input_shape)
        how = {"window": wanted.window, "overlap": wanted.overlap, "telling": telling}
        labels = segmented(fitted, volume.values, finite_labels(fitted), **how)
        return labels

    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        volume = answer_file(place.path, check_volume_rule(fitted.input_rule), answer, target)
    except DataError as bad:
        return {"problem": str(bad).removeprefix(printable(place.path)).lstrip(": ")}
    found = on_own_grid(labels, volume)[..., 0]
    row: Row = {"voxels": " x ".join(map(str, volume.origin.shape))}
    if wanted.instances:
        numbers = instances_of(labels)
        ending = next(end for end in sorted(ENDINGS, key=len, reverse=True) if target.name.lower().endswith(end))
        write_like(numbers, volume, target.with_name(f"{target.name[: -len(ending)]}_instances{ending}"))
        row["objects"] = int(numbers.max())
    return row | shares_in(found, classes)


def _check_fits(volume: Volume, input_shape: tuple[int, ...]) -> None:
    """Refuse a volume of other channels or axes than those of the training."""
    channels, *sizes = input_shape
    if len(volume.spacing) != len(sizes):
        kinds = ("a single slice", "volumes") if len(sizes) == 3 else ("a volume", "slices")
        raise DataError(f"is {kinds[0]}, and the model has learnt from {kinds[1]}")
    if volume.shape[-1] != channels:
        raise DataError(f"has {volume.shape[-1]} channels, and the model has learnt from {channels}")
