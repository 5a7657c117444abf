"""Files of any sort as a data set: opened by what knows them, with settings that are theirs."""

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

from foveal.core.errors import DataError, ParameterError
from foveal.data.dataset import Dataset
from foveal.data.file_sorts import OWN, whose
from foveal.data.images.progress import Progress
from foveal.data.picture_sets import parts_of_dataset


def dataset_of_files(source: str, sort: str, reading: Mapping[str, Any], progress: Progress) -> Dataset:
    """Open files of a sort, and give the parts that their split names; without one all are to learn from.

    Raises `DataError` where a model's rule is for another sort, and `ParameterError` for settings of another one.
    """
    opened = _opener(sort)
    check_reading(source, sort, opened, reading)
    if "input_rule" not in reading and sort != "pictures":
        some = ", ".join(f"{name}=" for name in OWN[sort][:4])
        progress.say(f"{source}: {sort}; --read {some} ... say how they are read")
    own = OWN.get(sort, ()) if "input_rule" in reading else ()  # the rule says these
    given = {name: value for name, value in reading.items() if name not in own}
    return parts_of_dataset(source, opened(source, **given, progress=progress))


def check_reading(source: str, sort: str, opened: Callable[..., Any], reading: Mapping[str, Any]) -> None:
    """Refuse a rule and settings that are not of the sort of files that `source` holds."""
    from foveal.data.input_rules import learnt_from  # which loads torch

    holds = "is read as" if sort == "pictures" else "holds"
    learnt = learnt_from(reading.get("input_rule"))
    if learnt not in ("arrays", sort):
        raise DataError(f"{source} {holds} {sort}, and the model has learnt from {learnt}; give {learnt}")
    strange = next((name for name in reading if name not in signature(opened).parameters), None)
    if strange is not None:
        raise ParameterError(
            f"{strange}= says how {whose(strange)} are read, and {source} {holds} {sort}; leave it out"
        )


def _opener(sort: str) -> Callable[..., Any]:
    """Give what opens files of a sort; each of these loads torch."""
    if sort == "videos":
        from foveal.data.clips.load import open_clips

        return open_clips
    if sort == "volumes":
        from foveal.data.volumes.load import open_volumes

        return open_volumes
    if sort == "sounds":
        from foveal.data.sounds.load import open_sounds

        return open_sounds
    from foveal.data.images.load import open_images

    return open_images
