"""Rows explained one after the other: a PNG and a line for each, bad ones with their reason."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from foveal.cli.output import say
from foveal.cli.predictions import Answers
from foveal.cli.row_files import flat, text_of
from foveal.cli.rows_named import Named, named_rows
from foveal.cli.settings import parse_value
from foveal.core.errors import DataError, ResourceError
from foveal.core.files import write_atomically
from foveal.core.shelter import sheltered
from foveal.data.clips.rule import is_of_clips
from foveal.data.source import Source, between
from foveal.data.text.row_rule import RowRule, is_of_rows
from foveal.explain.figures import drawn_row, png_bytes
from foveal.explain.methods import METHODS
from foveal.explain.words import words_figure
from foveal.fitted.explaining import explained, explained_numbers, names_of_outputs, usual_method
from foveal.fitted.model import Fitted
from foveal.fitted.predict import answered
from foveal.tasks.kind import name_of


class Wanted(NamedTuple):
    """What is asked for: the method, the class or output, the layer, and how many rows at most."""

    method: str | None = None
    target: str | None = None
    layer: str | None = None
    first: int | None = None


class Explained(NamedTuple):
    """A row that is explained: its answer, what of it is explained, and the bytes of the picture."""

    answer: dict[str, Any]
    of: Any
    png: bytes


def explain_rows(fitted: Fitted, inputs: Sequence[Path], out: Path, wanted: Wanted) -> None:
    """Write a PNG for each row into a folder, and print a line for each; raises `DataError` where none could be."""
    method = wanted.method or usual_method(fitted)
    target = _target(fitted, wanted.target)
    explained_numbers(fitted, target, torch.zeros(1, *fitted.problem.outputs_of_row(fitted.form)))  # or it is refused
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResourceError(f"cannot write in {out}: {error.strerror}; choose another folder with --out") from error
    names, answers = _Names(), Answers(fitted, proba=False)
    columns = ["file", *_columns(fitted, answers), "explained", "picture", "problem"]
    print(text_of([columns]), end="", flush=True)
    good = bad = 0
    for each in islice(named_rows(fitted, inputs, alone=True), wanted.first):
        row: dict[str, Any] = {"file": each.name, "problem": each.problem}
        if each.rows is not None:
            try:
                found = _explained(fitted, answers, each, method, target, wanted.layer)
                picture = names.free(each.name)
                write_atomically(out / picture, found.png)
                row |= {**flat(found.answer), "explained": found.of, "picture": picture}
            except DataError as error:
                row["problem"] = str(error)
        good, bad = good + (row["problem"] is None), bad + (row["problem"] is not None)
        print(text_of([[row.get(column) for column in columns]]), end="", flush=True)
    if not good:
        raise DataError(f"none of the {bad:,} rows could be explained; the column problem says why")
    say(f"{good:,} of {good + bad:,} explained by {method}, pictures in {out}")


def _explained(fitted: Fitted, answers: Answers, each: Named, method: str, target: Any, layer: str | None) -> Explained:
    rows, outputs = _surest(fitted, each.rows)
    number = int(explained_numbers(fitted, target, outputs)[0])
    of = names_of_outputs(fitted)[number]
    map = explained(fitted, rows, method, target, layer)[0]
    answer = _answer(fitted, answers, outputs)
    title = f"{each.name}: {_told(answer)}\n{method} of {of}"
    return Explained(answer, of, _drawn(fitted, rows, map, title, signed=METHODS[method].signed))


def _surest(fitted: Fitted, rows: Any) -> tuple[Source, Tensor]:
    """Give the row with the surest answer of those of a file, and its outputs."""
    with sheltered():
        outputs = torch.cat(list(answered(fitted, rows)))
    chances = fitted.task.probabilities
    sure = outputs.numpy() if chances is None else chances(outputs)
    best = int(sure.reshape(len(sure), -1).max(axis=1).argmax()) if len(sure) > 1 else 0
    return (rows if len(rows) == 1 else rows.chosen(np.array([best]))), outputs[best : best + 1]


def _answer(fitted: Fitted, answers: Answers, outputs: Tensor) -> dict[str, Any]:
    """Tell the answer; of masks the class of most places, and the share of these."""
    if not fitted.kind.gives_masks:
        return answers.rows(outputs)[0]
    problem = fitted.problem
    labels, counts = np.unique(problem.kind.decode(problem, fitted.task.decode(outputs)), return_counts=True)
    most = int(counts.argmax())
    return {"prediction": name_of(labels[most].item(), fitted.class_names), "share": counts[most] / counts.sum()}


def _columns(fitted: Fitted, answers: Answers) -> list[str]:
    return ["prediction", "share"] if fitted.kind.gives_masks else [column.name for column in answers.columns()]


def _told(answer: dict[str, Any]) -> str:
    """Write an answer in a few words."""
    parts = [value for name, value in answer.items() if name.startswith("prediction")]
    values = [one for part in parts for one in (part if isinstance(part, list) else [part])]
    told = " ".join(f"{one:.3g}" if isinstance(one, float) else str(one) for one in values)
    sure = answer.get("probability", answer.get("share"))
    return told if sure is None else f"{told} {sure:.3f}"


def _drawn(fitted: Fitted, rows: Source, map: np.ndarray, title: str, *, signed: bool) -> bytes:
    row = np.asarray(between(rows, 0, 1)[0])[0]
    if is_of_rows(fitted.input_rule):
        vocabulary = RowRule.of(fitted.input_rule).rule.vocabulary
        words = [vocabulary.text([token]).strip() or "|" for token in row[: len(map)].tolist()]
        return png_bytes(words_figure(words, map, title))
    return png_bytes(drawn_row(row[: len(map)], map, title, signed=signed, frames=is_of_clips(fitted.input_rule)))


def _target(fitted: Fitted, text: str | None) -> Any:
    """Read --class: a class by its name, else a number."""
    if text is None or text in map(str, names_of_outputs(fitted)):
        return text
    return parse_value(text)


class _Names:
    """Names of files that are given out once."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def free(self, name: str) -> str:
        """Name a PNG after a row: without folders above, and numbered where that name is taken.

        >>> names = _Names()
        >>> names.free("a/1.jpg"), names.free("a/1.png"), names.free("X.npy#3")
        ('a-1.png', 'a-1-2.png', 'X-3.png')
        """
        file, _, number = name.partition("#")
        parts = [part for part in file.replace("\\", "/").split("/") if part not in ("", ".", "..")]
        stem = "-".join([*parts[:-1], parts[-1].rpartition(".")[0] or parts[-1], *([number] if number else [])])
        free = next(each for each in _numbered(stem) if each not in self.taken)
        self.taken.add(free)
        return f"{free}.png"


def _numbered(stem: str) -> Iterator[str]:
    yield stem
    number = 2
    while True:
        yield f"{stem}-{number}"
        number += 1
