"""From a source to a diagnosis: what it holds is opened by what knows it, and every check looks at it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from foveal.core.errors import ParameterError
from foveal.data.file_sorts import sort_of_files
from foveal.data.folders import is_data_folder
from foveal.data.images.progress import Progress
from foveal.data.interactions.telling import READ, is_of_interactions
from foveal.data.named import NAMED, load_dataset
from foveal.data.picture_sets import is_of_pictures
from foveal.data.text_files import is_of_texts
from foveal.data.translation_files import is_of_translations
from foveal.doctor.arrays import subject_of_arrays
from foveal.doctor.channels import channels
from foveal.doctor.counts import counts
from foveal.doctor.duplicates import duplicates
from foveal.doctor.events import subject_of_events
from foveal.doctor.findings import Diagnosis, Finding, many
from foveal.doctor.labels import labels
from foveal.doctor.leaks import leaks
from foveal.doctor.pictures import TAKEN, subject_of_pictures
from foveal.doctor.subject import Subject
from foveal.doctor.texts import empty_texts, subject_of_text_set, subject_of_texts


def open_subject(source: str, reading: Mapping[str, Any], progress: Progress) -> tuple[Subject, list[Finding]]:
    """Read what is to be examined, as `foveal train` would; of interactions also what was found.

    Raises `DataError` where nothing is there, and `ParameterError` for what is said of another sort of files.
    """
    if is_of_interactions(source, reading):
        _check(reading, READ, "interactions")
        subject, found, columns = subject_of_events(source, reading, progress)
        return replace(subject, columns=columns), found
    arrays = source in NAMED or source.endswith(".npz") or is_data_folder(source)
    if not arrays and not is_of_translations(source, reading):
        if is_of_texts(source, reading):
            return subject_of_texts(source, reading, progress), []
        if is_of_pictures(source) and Path(source).exists() and not sort_of_files(source, reading):
            _check(reading, TAKEN, "pictures")
            return subject_of_pictures(source, reading, progress), []
    group = reading.get("group") if arrays else None
    known = {name: value for name, value in reading.items() if not (arrays and name == "group")}
    if not arrays:
        known = {"on_bad": "skip"} | known if sort_of_files(source, reading) else known
    data = load_dataset(source, known, progress)
    if hasattr(data.X_train, "texts") or hasattr(data.X_train, "sources"):
        return subject_of_text_set(source, data), []
    return subject_of_arrays(source, data, None if group is None else str(group), progress), []


def examine(subject: Subject, found: list[Finding], progress: Progress, *, learn: bool = True) -> Diagnosis:
    """Look at a subject in every way; `learn` says whether labels are doubted too, which takes most of the time."""
    found, left_out = list(found), {}
    if subject.sort != "interactions":
        found += [*counts(subject), *empty_texts(subject), *duplicates(subject, progress), *leaks(subject)]
        found += channels(subject)
        doubted, why = labels(subject, progress) if learn else ([], "it was not asked for")
        found += doubted
        if why:
            left_out["wrong labels"] = why
        if subject.part is None:
            left_out["leaks across splits"] = "the data give no split"
        if subject.groups is None:
            left_out["leaks by group"] = "no groups are known; --group COLUMN names them"
    return Diagnosis(subject.source, subject.sort, len(subject), _facts(subject), found, left_out)


def _facts(subject: Subject) -> dict[str, str]:
    facts = {"rows": many(len(subject), subject.sort.removesuffix("s"))}
    if subject.part is not None:
        facts["parts"] = ", ".join(f"{part} {int((subject.part == part).sum()):,}" for part in subject.parts())
    if subject.y is not None:
        facts["classes"] = f"{len(subject.classes):,}"
    if subject.groups is not None:
        facts["groups"] = f"{len(set(subject.groups.tolist())):,}"
    return facts | dict(subject.facts)


def _check(reading: Mapping[str, Any], known: tuple[str, ...], sort: str) -> None:
    strange = next((name for name in reading if name not in known), None)
    if strange is not None:
        raise ParameterError(
            f"{strange}= says nothing that is examined of {sort}; there are {', '.join(known)}: leave it out"
        )
