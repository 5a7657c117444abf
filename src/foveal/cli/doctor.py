"""`foveal doctor`: what is wrong with data, before anything is trained; and a cleaned table of what people decide."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from foveal.cli.options import Debug, Group, Json, OnBad, Read, Source
from foveal.cli.output import say, show_facts, show_json, show_table, to_json
from foveal.core.errors import DataError, ParameterError, ResourceError
from foveal.core.files import as_path, write_atomically

if TYPE_CHECKING:
    from foveal.doctor.findings import Diagnosis
    from foveal.doctor.subject import Subject

PAGE, DECISIONS, FINDINGS = "doctor.html", "decisions.csv", "findings.json"
#: Groups of a finding that are printed, and rows of each.
_GROUPS, _ROWS = 3, 4


def doctor(
    source: Source,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help=f"Write {PAGE}, {DECISIONS} and {FINDINGS} there; or the cleaned table."),
    ] = None,
    apply: Annotated[
        Path | None,
        typer.Option("--apply", metavar="FILE.csv", help=f"Write the table that a corrected {DECISIONS} leaves."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", metavar="", help="End with exit code 3 if there are errors or warnings.")
    ] = False,
    labels: Annotated[
        bool,
        typer.Option("--labels/--no-labels", metavar="", help="Look for wrong labels, which takes most of the time."),
    ] = True,
    group: Group = None,
    read: Read = None,
    on_bad: OnBad = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Examine SOURCE: pictures, arrays, texts or interactions; nothing of it is changed.

    Told are files that cannot be read, rows that are there twice or nearly so, also
    across a split and with different labels, groups on both sides of a split,
    labels that are likely wrong, classes that look alike, rare classes, constant
    and drifting channels. With --out also a page with pictures, and a table of
    decisions; corrected, --apply makes a cleaned table of it in --out.
    """
    from foveal.cli.reading import read_settings, shown
    from foveal.doctor.diagnose import examine, open_subject

    if apply is not None and out is None:
        raise ParameterError("--apply needs --out FOLDER, where the cleaned table is written")
    if apply is not None and strict:
        raise ParameterError("--strict is for an examination, and --apply makes none; leave one of them out")
    if out is not None and apply is None:
        _check_free(out, source, (PAGE, DECISIONS, FINDINGS))
    reading = read_settings(read or [], on_bad, group)
    with shown(quiet=json) as progress:
        subject, found = open_subject(source, reading, progress)
        if apply is not None and out is not None:
            _apply(subject, source, apply, out, json=json)
            return
        diagnosis = examine(subject, found, progress, learn=labels)
    told = diagnosis.as_dict(subject.name)
    if out is not None:
        told["paths"] = _write(out, subject, diagnosis, told)
    if json:
        show_json(told)
    else:
        _show(subject, diagnosis, told.get("paths", {}))
    bad = diagnosis.count("error") + diagnosis.count("warning")
    if strict and bad:
        raise DataError(f"{source}: {diagnosis.verdict()}; --strict lets neither errors nor warnings pass")


def _check_free(folder: Path, source: str, names: tuple[str, ...]) -> None:
    """Refuse a folder within the data, and files that are there already: people may have corrected them."""
    folder = as_path(folder, "--out")
    if Path(source).is_dir() and folder.resolve().is_relative_to(Path(source).resolve()):
        raise ParameterError(f"--out {folder} lies within {source}, which is left as it is; choose a folder beside it")
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not nearest.is_dir():  # said before the data are examined
        raise ResourceError(f"--out {folder}: {nearest} is no folder; choose another --out")
    there = [name for name in names if (folder / name).exists()]
    if there:
        raise ParameterError(f"--out: {folder / there[0]} is there already; choose another folder, or remove it")


def _folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResourceError(f"cannot make {folder}: {error.strerror}; choose another --out") from error


def _write(out: Path, subject: "Subject", diagnosis: "Diagnosis", told: dict[str, Any]) -> dict[str, str]:
    """Write page, decisions and findings."""
    from foveal.doctor.decisions import decisions_csv
    from foveal.doctor.page import page

    drawn = page(subject, diagnosis)
    _folder(out)
    write_atomically(out / PAGE, drawn)
    write_atomically(out / DECISIONS, decisions_csv(subject, diagnosis.worst_first()))
    write_atomically(out / FINDINGS, to_json(told).encode())
    return {Path(name).stem: str(out / name) for name in (PAGE, DECISIONS, FINDINGS)}


def _apply(subject: "Subject", source: str, apply: Path, out: Path, *, json: bool) -> None:
    """Make the cleaned table."""
    from foveal.doctor.cleaning import clean, cleaned_name
    from foveal.doctor.decisions import read_decisions

    decisions = read_decisions(as_path(apply, "--apply"), subject)
    _check_free(out, source, (cleaned_name(subject),))
    _folder(out)
    made = clean(subject, decisions, out)
    if json:
        show_json({"source": source, **made})
        return
    if made["new_classes"]:
        say(f"new classes: {', '.join(made['new_classes'])}; see that no name is misspelt", "warning")
    show_facts(
        {"kept": f"{made['kept']:,} rows", "dropped": f"{made['dropped']:,}", "relabelled": f"{made['relabelled']:,}",
         "written": made["file"]}
    )  # fmt: skip


def _show(subject: "Subject", diagnosis: "Diagnosis", paths: dict[str, str]) -> None:
    show_facts({"source": diagnosis.source, **diagnosis.facts, "found": diagnosis.verdict()})
    findings = diagnosis.worst_first()
    if findings:
        print()
        show_table(("", "what", "rows"), [(f.severity, f.what, f"{f.rows:,}" if f.rows else "") for f in findings],
                   numbers=False)  # fmt: skip
    for finding in findings:
        print(f"\n{finding.check.replace('-', ' ')}: {finding.advice}")
        for place, rows in enumerate(finding.groups[:_GROUPS]):
            names = ", ".join(map(subject.name, rows[:_ROWS])) + (" ..." if len(rows) > _ROWS else "")
            print(f"  {names}" + (f": {finding.remarks[place]}" if finding.remarks else ""))
        if len(finding.groups) > _GROUPS:
            print(f"  and {len(finding.groups) - _GROUPS:,} more")
    if diagnosis.left_out:
        print()
        show_facts({"not looked for": "; ".join(f"{name} ({why})" for name, why in diagnosis.left_out.items())})
    if paths:
        print()
        show_facts(paths)
