"""How files are read, as people say it on the command line, and what they see while that goes on."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from foveal.cli.output import say
from foveal.cli.settings import parse_value
from foveal.core.errors import ParameterError
from foveal.core.rules import did_you_mean

#: Seconds between two lines of progress where there is no terminal.
EVERY = 30.0
#: Parameters of `open_images` that --read sets; a test compares them.
READ = (
    "size", "resize", "colour", "background", "depth", "store_size", "pattern", "cache", "cache_limit", "on_bad",
    "path", "label", "labels", "target", "split", "group", "masks", "colours", "class_names", "ignore",
)  # fmt: skip
#: Those of `open_clips`, `open_volumes` and `open_sounds` that it sets besides.
READ_CLIPS = ("clip_frames", "every", "stride", "rate", "difference", "start", "stop")
READ_VOLUMES = ("orient", "spacing", "window", "intensity")
READ_SOUNDS = ("seconds", "hop", "mels", "log")


#: Those of tables of texts: which column holds them, and of translations.
READ_TEXTS = ("text", "source")


def read_settings(
    assignments: Sequence[str],
    on_bad: str | None = None,
    group: str | None = None,
    masks: str | None = None,
    colours: str | None = None,
) -> dict[str, Any]:
    """Read what --read, --on-bad, --group, --masks and --colours say.

    >>> read_settings(["size=64", "resize=crop"], "skip")
    {'size': 64, 'resize': 'crop', 'on_bad': 'skip'}
    """
    given: dict[str, Any] = {}
    for text in assignments:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise ParameterError(f"--read must be NAME=VALUE, got {text!r}; for example --read size=64")
        known = READ + READ_CLIPS + READ_VOLUMES + READ_SOUNDS + READ_TEXTS
        if name.strip() not in known:
            way = did_you_mean(name.strip(), known) or f"; there are {', '.join(known)}"
            raise ParameterError(f"--read {name.strip()} is unknown{way}")
        given[name.strip()] = parse_value(value)
    options = {"on_bad": on_bad, "group": group, "masks": masks, "colours": colours}
    for short, said in options.items():
        option = f"--{short.replace('_', '-')}"
        if said is not None and short in given:
            raise ParameterError(f"{short} is set twice, by {option} and by --read {short}=...; leave one of them out")
        given |= {} if said is None else {short: said}
    return given


@contextmanager
def shown(quiet: bool) -> Iterator[Any]:
    """Give what tells of pictures that are read: sentences on stderr, a bar on a terminal, a line now and then else."""
    from foveal.data.images.progress import SILENT, Progress

    if quiet:
        yield SILENT
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from foveal.core.consoles import Console

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[bad]}"),
    )
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks: dict[str, Any] = {}
        told = time.monotonic()

        def show(what: str, done: int, bad: int, total: int) -> None:
            nonlocal told
            if not console.is_terminal:
                if time.monotonic() - told > EVERY:
                    told = time.monotonic()
                    say(f"{what}: {done + bad:,} of {total:,}" + (f", {bad:,} bad" if bad else ""))
                return
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total, speed="", bad="")
            speed = bar.tasks[tasks[what]].speed
            bar.update(
                tasks[what],
                completed=done + bad,
                speed=f"{speed:,.0f} rows/s" if speed else "",
                bad=f"{bad:,} bad" if bad else "",
            )

        yield Progress(say, show)
