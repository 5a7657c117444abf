"""Predictions of texts: of a table, a folder, the lines of a file, or of a text on the command line."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from foveal.cli.honest_answers import Asked
from foveal.cli.output import say
from foveal.cli.predictions import NOTHING, Answers
from foveal.cli.row_files import Column, Row, check_form, form_of, texts, write_rows
from foveal.core.errors import DataError, ParameterError
from foveal.core.shelter import sheltered
from foveal.data.text.row_rule import is_of_rows
from foveal.data.text_files import texts_to_predict
from foveal.fitted.model import Fitted
from foveal.fitted.predict import answered, rows_of

#: Endings of files that cannot be a text on the command line.
_FILES = (".txt", ".csv", ".tsv", ".parquet", ".npy", ".npz", ".json", ".jsonl")


def is_of_texts(fitted: Fitted) -> bool:
    """Tell whether a model has learnt from texts."""
    return is_of_rows(fitted.input_rule)


def predict_texts(
    fitted: Fitted,
    inputs: Path,
    out: Path | None,
    form: str | None,
    reading: Mapping[str, Any],
    *,
    proba: bool,
    asked: Asked = NOTHING,
) -> None:
    """Write a row for each text: to stdout, or to a file that is whole or not there.

    `reading` is what --read says: which column of a table holds the texts.
    """
    strange = next((name for name in reading if name != "text"), None)
    if strange is not None:
        raise ParameterError(f"--read {strange}: texts to predict have one column that counts; say --read text=COLUMN")
    form = form_of(out, form)
    check_form(form)
    names, rows = _given(inputs, reading.get("text"))
    answers = Answers(fitted, proba=proba, asked=asked)
    columns = [Column("text", "string"), *answers.columns()]
    if out is None:
        for part in texts(_answered(answers, names, rows), columns, form):
            print(part, end="")
        return
    write_rows(out, _answered(answers, names, rows), columns, form)
    say(f"{len(names):,} predictions in {out}")


def _given(inputs: Path, column: str | None) -> tuple[Any, Any]:
    """Give names of texts, and the texts; what is no path is a text."""
    if inputs.exists():
        names, rows = texts_to_predict(str(inputs), column)
        if not rows:
            raise DataError(f"{inputs}: holds no text; check how it was written")
        return names, rows
    if inputs.suffix.lower() in _FILES and " " not in str(inputs):
        raise DataError(f"{inputs}: is not there; give a table, a folder of .txt files, a file of lines, or a text")
    return ["1"], [str(inputs)]


def _answered(answers: Answers, names: Any, rows: Any) -> Iterator[Row]:
    first, source = 0, rows_of(answers.fitted, rows)
    answers.beside.look_at(source)
    with sheltered():
        for outputs in answered(answers.fitted, source):
            for number, row in enumerate(answers.rows(outputs, first), start=first):
                yield {"text": names[number], **row}
            first += len(outputs)
