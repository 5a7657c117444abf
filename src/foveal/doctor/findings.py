"""A finding is a value: what is wrong, how badly, where, and what to do. Text, JSON and the page are made of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

#: "error": scores come out wrong, or training fails. "warning": it costs accuracy, or trust. "note": worth knowing.
Severity = Literal["error", "warning", "note"]
Action = Literal["keep", "drop", "relabel"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
#: Groups of rows of a finding that text and page show, and that JSON names.
SHOWN, NAMED = 12, 1000


class Suggestion(NamedTuple):
    """What to do with a row; `label` is the new one of "relabel"."""

    row: int
    action: Action
    label: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    check : what was looked for, "exact-duplicates".
    severity : how bad it is.
    what : a sentence with its number.
    advice : a sentence, the way out.
    groups : rows that belong together, the most telling first; a row by itself is a group of one.
    remarks : a few words for each group, or nothing.
    table : a header and lines, where the finding is about classes or channels.
    suggestions : what to do with rows, for the table of decisions.

    >>> Finding("blank", "warning", "2 rows are blank", "leave them out", ((3,), (7,))).rows
    2
    """

    check: str
    severity: Severity
    what: str
    advice: str
    groups: tuple[tuple[int, ...], ...] = ()
    remarks: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()
    suggestions: tuple[Suggestion, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows it is about."""
        return sum(map(len, self.groups))

    def as_dict(self, name: Callable[[int], str]) -> dict[str, Any]:
        """Give all of it for a JSON object; `name` says what a row is called."""
        groups = [
            {"rows": list(group), "names": [name(row) for row in group]}
            | ({"remark": self.remarks[place]} if self.remarks else {})
            for place, group in enumerate(self.groups[:NAMED])
        ]
        head, *lines = self.table or ((),)
        return {
            "check": self.check,
            "severity": self.severity,
            "what": self.what,
            "advice": self.advice,
            "rows": self.rows,
            "groups": groups,
            "groups_in_all": len(self.groups),
            "table": [dict(zip(head, line, strict=True)) for line in lines],
        }


@dataclass(frozen=True)
class Diagnosis:
    """All that was found: facts of the data, findings with the worst first, and what was not looked for, with why."""

    source: str
    sort: str
    rows: int
    facts: Mapping[str, str]
    findings: Sequence[Finding]
    left_out: Mapping[str, str] = field(default_factory=dict)

    def worst_first(self) -> list[Finding]:
        """Give the findings by how bad they are, and else in their order."""
        return sorted(self.findings, key=lambda finding: SEVERITIES.index(finding.severity))

    def count(self, severity: Severity) -> int:
        """Count the findings of a severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def verdict(self) -> str:
        """Say how many findings there are.

        >>> Diagnosis("here", "texts", 0, {}, []).verdict()
        'nothing was found'
        """
        told = [f"{n} {word}{'s' * (n > 1)}" for word in SEVERITIES if (n := self.count(word))]
        return ", ".join(told) or "nothing was found"

    def as_dict(self, name: Callable[[int], str]) -> dict[str, Any]:
        """Give all of it for a JSON object."""
        return {
            "source": self.source,
            "sort": self.sort,
            "rows": self.rows,
            "facts": dict(self.facts),
            "errors": self.count("error"),
            "warnings": self.count("warning"),
            "notes": self.count("note"),
            "findings": [finding.as_dict(name) for finding in self.worst_first()],
            "left_out": dict(self.left_out),
        }


def many(count: int, word: str) -> str:
    """Write a number and its word.

    >>> many(1, "row"), many(2000, "row"), many(2, "class")
    ('1 row', '2,000 rows', '2 classes')
    """
    return f"{count:,} {word}" + ("" if count == 1 else "es" if word.endswith("s") else "s")
