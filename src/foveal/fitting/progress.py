"""Progress of a fit: a live bar on a terminal, a line an epoch elsewhere, nothing at verbose=0."""

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from foveal.fitting.prepare import Job
from foveal.train import EpochReport

#: What rows are called, of estimators that take none of arrays.
_ROWS = {"TextClassifier": "texts", "TextRegressor": "texts", "Translator": "pairs", "Recommender": "histories"}

Show = Callable[[EpochReport], None]


@contextmanager
def progress(verbose: int, job: Job, *, goes_on: bool = False) -> Iterator[Show]:
    """Give a function that shows a finished epoch.

    The bar moves within an epoch too: a thread reads the batches done from the state, so the loop knows nothing of it.
    """
    if not verbose:
        yield lambda report: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # 60 modules, for a silent fit none

    from foveal.core.consoles import Console

    console = Console(stderr=True)
    total, followed, rows = job.config.n_epochs, job.config.monitor.name, rows_as_told(job.estimator)
    if goes_on:
        console.print(f"going on after step {job.state.step:,}, in epoch {_place(job)}", highlight=False)
    for sentence in job.said:
        console.print(sentence, soft_wrap=True, highlight=False, markup=False)
    if not console.is_terminal:
        yield lambda report: console.print(line(report, total, followed, rows), soft_wrap=True, highlight=False)
        return
    columns = (
        TextColumn("epoch {task.fields[epoch]}"),
        BarColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        steps = len(job.batches)
        shown = bar.add_task("", total=total * steps, epoch=_place(job), speed="")
        over = threading.Event()

        def follow() -> None:
            while not over.wait(0.1):
                done = job.state.epoch * steps + job.state.position
                bar.update(shown, completed=done, epoch=_place(job))

        watcher = threading.Thread(target=follow, daemon=True)
        watcher.start()

        def show(report: EpochReport) -> None:
            bar.console.print(line(report, total, followed, rows), highlight=False)
            bar.update(shown, speed=f"{report.images_per_second:,.0f} {rows}/s")

        try:
            yield show
        finally:
            over.set()
            watcher.join()


def rows_as_told(estimator: str) -> str:
    """Say what rows are called.

    >>> rows_as_told("Translator"), rows_as_told("CNN")
    ('pairs', 'images')
    """
    return _ROWS.get(estimator, "images")


def line(report: EpochReport, total: int, followed: str = "", rows: str = "images") -> str:
    """Say in one line what an epoch brought, the named score that is followed with it, and how many rows a second.

    >>> line(EpochReport(1, 0.5, 0.8, math.nan, math.nan, 0.001, 2.0, 1234.5), 10)
    'epoch  1/10  loss 0.5000  score 0.8000  1,234 images/s  2.0 s'
    """
    place = f"epoch {report.epoch:>{len(str(total))}}/{total}"
    valid = ""
    if report.validated:
        valid = f"  valid loss {report.valid_loss:.4f}  score {_number(report.valid_score)}"
        named = [name for name in list(report.valid_scores)[1:] if name == followed]
        valid += "".join(f"  {name} {_number(report.valid_scores[name])}" for name in named)
    return (
        f"{place}  loss {report.train_loss:.4f}  score {_number(report.train_score)}{valid}"
        f"  {report.images_per_second:,.0f} {rows}/s  {report.seconds:.1f} s"
    )


def _number(score: float) -> str:
    return "-" if math.isnan(score) else f"{score:.4f}"


def _place(job: Job) -> str:
    return f"{min(job.state.epoch + 1, job.config.n_epochs)}/{job.config.n_epochs}"
