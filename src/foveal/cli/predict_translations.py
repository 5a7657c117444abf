"""Translations of the lines of a file, or of a text on the command line, a block at a time."""

from collections.abc import Iterator
from pathlib import Path

from foveal.cli.output import say
from foveal.cli.row_files import Column, check_form, form_of, texts, write_rows
from foveal.core.errors import DataError
from foveal.core.files import write_atomically
from foveal.data.text.pair_rule import is_of_pairs
from foveal.data.translation_files import lines_of
from foveal.fitted.model import Fitted
from foveal.fitted.translating import Translation, translated_lines

_COLUMNS = [Column("text", "string"), Column("prediction", "string"), Column("score", "double")]


def is_of_translations(fitted: Fitted) -> bool:
    """Tell whether a model translates."""
    return is_of_pairs(fitted.input_rule)


def predict_translations(fitted: Fitted, inputs: Path, out: Path | None, form: str | None) -> None:
    """Write a translation for each line: as lines alone to FILE.txt, else as rows with text and score.

    The file is read, translated and written some thousand lines at a time.
    """
    counted = _Counted(translated_lines(fitted, _given(inputs)))
    if out is not None and out.suffix.lower() == ".txt" and form is None:
        write_atomically(out, ((found.text.replace("\n", " ") + "\n").encode() for _, found in counted))
        say(f"{counted.rows:,} translations in {out}")
        return
    form = form_of(out, form)
    check_form(form)
    rows = ({"text": text, "prediction": found.text, "score": found.score} for text, found in counted)
    if out is None:
        for part in texts(rows, _COLUMNS, form):
            print(part, end="")
        return
    write_rows(out, rows, _COLUMNS, form)
    say(f"{counted.rows:,} translations in {out}")


class _Counted:
    """Count what goes through."""

    def __init__(self, rows: Iterator[tuple[str, Translation]]) -> None:
        self.given, self.rows = rows, 0

    def __iter__(self) -> Iterator[tuple[str, Translation]]:
        for row in self.given:
            self.rows += 1
            yield row


def _given(inputs: Path) -> Iterator[str]:
    """Give the lines of a file; what is no path is a text."""
    if inputs.is_file():
        return lines_of(inputs)
    if inputs.exists() or inputs.suffix.lower() in (".txt", ".csv", ".tsv", ".parquet", ".npy", ".npz"):
        raise DataError(f"{inputs} is no file of texts; give a file with a text in each line, or a text itself")
    return iter([str(inputs)])
