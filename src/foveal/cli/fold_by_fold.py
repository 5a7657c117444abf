"""Progress of a cross-validation on stderr: a line a fold, with the time left, and a bar on a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from time import perf_counter

from foveal.compare.plan import NETWORK, FoldScores
from foveal.core.consoles import Console


@contextmanager
def fold_by_fold(total: int, done: int, metric: str, *, quiet: bool) -> Iterator[Callable[[FoldScores], None]]:
    """Give a function that tells of a finished fold; `done` were there before."""
    if quiet:
        yield lambda scores: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if done:
        console.print(f"going on with fold {done + 1} of {total}", highlight=False)
    columns = (TextColumn("fold {task.fields[fold]}"), BarColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=console, transient=True)
    with bar if console.is_terminal else nullcontext():
        task = bar.add_task("", total=total, completed=done, fold=f"{min(done + 1, total)} of {total}")
        finished, began = done, perf_counter()

        def tell(scores: FoldScores) -> None:
            nonlocal finished
            finished += 1
            left = (perf_counter() - began) / (finished - done) * (total - finished)
            console.print(line(scores, finished, total, metric, left), soft_wrap=True, highlight=False)
            bar.update(task, completed=finished, fold=f"{min(finished + 1, total)} of {total}")

        yield tell


def line(scores: FoldScores, number: int, total: int, metric: str, left: float) -> str:
    """Say in one line what a fold brought.

    >>> line(FoldScores(8, 2, {"network": 0.5, "mean": 0.25}, 3, 61.25), 3, 10, "accuracy", 428.75)
    'fold  3 of 10  accuracy 0.5000  best baseline 0.2500  61.2 s  7:09 left'
    """
    others = [score for name, score in scores.scores.items() if name != NETWORK]
    best = f"  best baseline {max(others):.4f}" if others else ""
    minutes, seconds = divmod(round(left), 60)
    place = f"fold {number:>{len(str(total))}} of {total}"
    time_left = f"  {minutes}:{seconds:02} left" if number < total else ""
    return f"{place}  {metric} {scores.scores[NETWORK]:.4f}{best}  {scores.seconds:.1f} s{time_left}"
