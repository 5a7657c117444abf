"""One page of a diagnosis: a single HTML file with its pictures in it, that loads nothing and runs no script."""

import base64
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment
from markupsafe import Markup
from numpy.typing import NDArray

from foveal.core.png import png_of
from foveal.core.version import VERSION
from foveal.data.images.reading.resize import resize
from foveal.doctor.findings import SHOWN, Diagnosis, Finding
from foveal.doctor.subject import Subject

Array = NDArray[Any]

#: Longest side of a picture on the page; rows of a group, and lines of a table, that it shows.
SIDE, ROWS, LINES = 96, 6, 50
#: Points of a curve, and the box that it is drawn in.
_POINTS, _WIDE, _HIGH = 240, 120.0, 48.0
_FOLDER = Path(__file__).parent


def page(subject: Subject, diagnosis: Diagnosis) -> bytes:
    """Draw the page."""
    style = (_FOLDER / "page.css").read_text("utf-8")
    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        (_FOLDER / "page.html").read_text("utf-8")
    )
    text = template.render(
        diagnosis=diagnosis,
        findings=[_drawn(subject, finding) for finding in diagnosis.worst_first()],
        style=Markup(style),  # noqa: S704  (a file of this package)
        style_hash="sha256-" + base64.b64encode(sha256(style.encode()).digest()).decode(),
        version=VERSION,
    )
    return text.encode("utf-8", "replace")


def _drawn(subject: Subject, finding: Finding) -> dict[str, Any]:
    head, *lines = finding.table or ((),)
    groups = [
        {
            "remark": finding.remarks[place] if finding.remarks else "",
            "rows": [row_of(subject, row) for row in group[:ROWS]],
            "more": f"{len(group) - ROWS:,}" if len(group) > ROWS else "",
        }
        for place, group in enumerate(finding.groups[: 0 if finding.check == "unreadable" else SHOWN])
    ]
    return {
        "severity": finding.severity,
        "title": finding.check.replace("-", " ").capitalize(),
        "what": finding.what,
        "advice": finding.advice,
        "head": head,
        "numbers": [cell[:1].isdigit() for cell in lines[0]] if lines else [],
        "lines": lines[:LINES],
        "more_lines": f"{len(lines) - LINES:,}" if len(lines) > LINES else "",
        "groups": groups,
        "more": f"{len(finding.groups) - SHOWN:,}" if groups and len(finding.groups) > SHOWN else "",
    }


def row_of(subject: Subject, row: int) -> dict[str, Any]:
    """Give what the page shows of a row: its picture as a data: address, a curve or a text, and what it is called."""
    look, name, label = subject.look(row), subject.name(row), subject.label(row)
    part = subject.part_of(row)
    found = {"name": name, "label": label, "part": "" if name.startswith(part) else part, "text": look.text}
    found["alt"] = name + (f", labelled {label}" if label else "")
    if look.pixels is not None:
        pixels = smaller(look.pixels)
        height, width = pixels.shape[:2]
        grown = SIDE / max(height, width)
        found |= {
            "picture": "data:image/png;base64," + base64.b64encode(png_of(pixels)).decode(),
            "width": max(1, round(width * grown)),
            "height": max(1, round(height * grown)),
        }
    elif look.signal is not None:
        found["line"] = curve(look.signal)
    return found


def smaller(pixels: Array) -> Array:
    """Bring a picture (H, W, 1 or 3) to `SIDE` pixels at most, of three channels.

    >>> smaller(np.zeros((200, 50, 1), np.uint8)).shape
    (96, 24, 3)
    """
    height, width = pixels.shape[:2]
    if max(height, width) > SIDE:
        share = SIDE / max(height, width)
        pixels = resize(pixels, (max(1, round(height * share)), max(1, round(width * share))))
    return np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))


def curve(signal: Array) -> str:
    """Give the points of a curve as SVG has them.

    >>> curve(np.array([0.0, 1.0]))
    '0.0,47.0 120.0,1.0'
    """
    values = np.nan_to_num(signal[:: max(1, len(signal) // _POINTS)])
    low, span = values.min(), max(float(np.ptp(values)), 1e-12)
    x = np.linspace(0, _WIDE, len(values))
    y = _HIGH - 1 - (values - low) / span * (_HIGH - 2)
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
