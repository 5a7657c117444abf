"""Predictions of videos in files: a row for each second of each, and a strip of pictures with the answers below."""

from collections.abc import Iterator, Sequence
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from foveal.cli.honest_answers import Asked as Beyond
from foveal.cli.output import say
from foveal.cli.predictions import NOTHING, Answers
from foveal.cli.row_files import Column, Row, check_form, form_of, texts, write_rows
from foveal.cli.strip import draw_strip
from foveal.core.errors import DataError, ParameterError
from foveal.core.shelter import sheltered
from foveal.data.clips.clips import Clips
from foveal.data.clips.given import clips_to_predict
from foveal.data.clips.listing import list_videos
from foveal.data.clips.rule import is_of_clips
from foveal.data.images.progress import Progress
from foveal.data.images.records import Place
from foveal.fitted.model import Fitted
from foveal.fitted.predict import answered
from foveal.fitted.views import mean_of

_NOT_FINITE = "gives outputs that are not finite: its values are too far from those of the training"


class Asked(NamedTuple):
    """What is asked about videos: the model, the columns of answers, views, and who is told."""

    fitted: Fitted
    answers: Answers
    tta: Any
    progress: Progress


def is_of_videos(fitted: Fitted, inputs: Path) -> bool:
    """Tell whether a model of clips is asked about files, not arrays."""
    return is_of_clips(fitted.input_rule) and inputs.suffix.lower() not in (".npy", ".npz")


def second_of(clips: Clips, outputs: Tensor, merge: Any) -> tuple[list[int], Tensor]:
    """Put the outputs of the windows that a second is in together, as those of several views of a row.

    Gives the seconds that are in a window, and the outputs of each. Shape: (N, K) -> (S, K).
    """
    firsts = np.floor(clips.starts + 1e-6).astype(int)
    lasts = np.ceil(clips.stops - 1e-6).astype(int)
    seconds = sorted({second for first, last in zip(firsts, lasts, strict=True) for second in range(first, last)})
    each = [np.flatnonzero((firsts <= second) & (second < lasts)) for second in seconds]
    return seconds, torch.cat([merge(outputs[torch.from_numpy(windows), None]) for windows in each])


def predict_clips(
    fitted: Fitted, inputs: Path, out: Path | None, form: str | None, *, proba: bool, strip: Path | None,
    progress: Progress, tta: Any = None, beside: Beyond = NOTHING,
) -> None:  # fmt: skip
    """Write a row for each second of each video, to stdout or a file; the pictures of a single one to `strip`."""
    form = form_of(out, form)
    check_form(form)
    asked = Asked(fitted, Answers(fitted, proba=proba, asked=beside), tta, progress)
    places = list_videos(inputs, labelled=False, told=progress.say).places
    if strip is not None and len(places) != 1:
        raise ParameterError(f"--strip shows one video, and {inputs} holds {len(places):,}; name one of them")
    columns = [
        Column("file", "string"),
        Column("second", "int64"),
        *asked.answers.columns(),
        Column("problem", "string"),
    ]
    kept: list[Row] = []
    rows = _each(asked, places, kept if strip is not None else None)
    if out is None:
        for text in texts(rows, columns, form):
            print(text, end="")
    else:
        write_rows(out, rows, columns, form)
        say(f"{out}: a row for each second")
    if strip is not None:
        _draw(strip, places[0], [row for row in kept if row["problem"] is None])


def _each(asked: Asked, places: Sequence[Place], kept: list[Row] | None) -> Iterator[Row]:
    """Answer for all videos; the rows that are given are put into `kept`, if there is such a list."""
    for place in places:
        for row in _rows(asked, place):
            if kept is not None:
                kept.append(row)
            yield row


def _rows(asked: Asked, place: Place) -> Iterator[Row]:
    """Answer for one video; one that is none has a row with the reason."""
    none = dict.fromkeys(["second", *(column.name for column in asked.answers.columns())])
    try:
        clips = clips_to_predict(
            [place.path], asked.fitted.input_rule, progress=Progress(_nothing, asked.progress.show)
        )
        with sheltered():
            outputs = torch.cat(list(answered(asked.fitted, clips, asked.tta, finite=False)))
    except DataError as error:
        yield {
            "file": place.name,
            **none,
            "problem": str(error).splitlines()[-1].strip().removeprefix(f"{place.path}: "),
        }
        return
    seconds, merged = second_of(clips, outputs, asked.fitted.task.merge or mean_of)
    finite = merged.isfinite().flatten(1).all(dim=1).tolist()
    for second, row, sound in zip(seconds, asked.answers.rows(merged), finite, strict=True):
        kept = row if sound else dict.fromkeys(row)
        yield {"file": place.name, "second": second, **kept, "problem": None if sound else _NOT_FINITE}
    rest = ceil(clips.stops.max()) - 1 - seconds[-1]
    if rest > 0:
        say(f"{place.name}: the last {rest} s are in no window")


def _nothing(sentence: str) -> None:
    """Tell nobody."""


def _draw(strip: Path, place: Place, rows: list[Row]) -> None:
    if not rows:
        say(f"no strip is drawn: {place.name} has no answer", "warning")
        return
    shown = draw_strip(strip, place.path, [(row["second"], _words(row)) for row in rows])
    say(f"{strip}: {shown:,} of {len(rows):,} seconds, each with its answer")


def _words(row: Row) -> str:
    """Write an answer in a few words."""
    parts = [value for name, value in row.items() if name.startswith("prediction")]
    flat = [one for part in parts for one in (part if isinstance(part, list) else [part])]
    told = " ".join(f"{one:.3g}" if isinstance(one, float) else str(one) for one in flat)
    return f"{told} {row['probability']:.2f}" if row.get("probability") is not None else told
