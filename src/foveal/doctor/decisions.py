"""The table of decisions: a line for each row that a finding is about, which people correct and `--apply` takes."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, get_args

from foveal.core.errors import DataError, ResourceError
from foveal.core.rules import did_you_mean
from foveal.doctor.findings import Action, Finding
from foveal.doctor.subject import Subject

COLUMNS = ("row", "name", "part", "label", "finding", "action", "new_label", "key")
_STRENGTH = {"keep": 0, "relabel": 1, "drop": 2}


class Decision(NamedTuple):
    """What is to be done with a row."""

    row: int
    action: Action
    label: str


def decisions_csv(subject: Subject, findings: Sequence[Finding]) -> bytes:
    """Write the table: of several suggestions for a row the strongest, drop before relabel before keep.

    `key` is the beginning of the row's digest, by which it is known that the row is still the same.
    """
    chosen: dict[int, tuple[str, str]] = {}
    why: dict[int, list[str]] = {}
    for finding in findings:
        for row, action, label in finding.suggestions:
            if _STRENGTH[action] >= _STRENGTH[chosen.get(row, ("keep", ""))[0]]:
                chosen[row] = action, label
            why.setdefault(row, []).append(finding.check)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in sorted(chosen):
        reasons = "; ".join(dict.fromkeys(why[row]))
        about = (row, subject.name(row), subject.part_of(row), subject.label(row), reasons)
        writer.writerow((*about, *chosen[row], key_of(subject, row)))
    return text.getvalue().encode("utf-8")


def key_of(subject: Subject, row: int) -> str:
    """Give the beginning of a row's digest; nothing of a row that could not be read."""
    return subject.traits.digests[row, :6].tobytes().hex() if subject.traits.read[row] else ""


def read_decisions(path: Path, subject: Subject) -> list[Decision]:
    """Read a table of decisions and hold it against the data.

    Raises `DataError` that names the line: for a row that is not there, has another name or has changed, for an action
    that is unknown, a new label that is missing, or two lines of one row.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            columns, lines = table.fieldnames or (), list(table)
    except OSError as error:
        raise ResourceError(f"{path}: cannot be read ({error.strerror}); check its name") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: is no CSV table in UTF-8 ({error}); save it as such") from error
    if lacking := [name for name in ("row", "name", "action") if name not in columns]:
        raise DataError(f"{path}: has no column {lacking[0]}; foveal doctor --out writes {', '.join(COLUMNS)}")
    found, seen = [], set()
    for number, line in enumerate(lines, start=2):
        decision = _decision(f"{path}, line {number}", line, subject)
        if decision.row in seen:
            raise DataError(f"{path}, line {number}: row {decision.row} has a line before; leave one")
        seen.add(decision.row)
        found.append(decision)
    return found


def _decision(where: str, line: dict[str, str | None], subject: Subject) -> Decision:
    if None in line.values():
        raise DataError(f"{where}: has fewer cells than the first line; the file may be cut off: write it anew")
    said = {name: (value or "").strip() for name, value in line.items() if isinstance(name, str)}
    row = int(said["row"]) if said["row"].isdecimal() and len(said["row"]) < 16 else -1
    if not 0 <= row < len(subject):
        raise DataError(
            f"{where}: row {said['row']!r} is not one of 0 to {len(subject) - 1}; see that SOURCE is the same"
        )
    if said["name"] != subject.name(row).strip():
        raise DataError(
            f"{where}: row {row} is {subject.name(row)!r} now, not {said['name']!r}; the data have changed: run foveal "
            "doctor anew"
        )
    if said.get("key") and said["key"] != key_of(subject, row):
        raise DataError(
            f"{where}: {said['name']} holds something else than when it was examined; run foveal doctor anew"
        )
    action, label = said["action"].lower(), said.get("new_label", "")
    if action not in get_args(Action):
        words = ", ".join(get_args(Action))
        raise DataError(
            f"{where}: action must be one of {words}, got {action!r}{did_you_mean(action, get_args(Action))}"
        )
    if action == "relabel" and not label:
        raise DataError(f"{where}: relabel needs a new_label; write one, or keep or drop the row")
    return Decision(row, action, label)  # type: ignore[arg-type]
