"""`foveal pack`: a data set as tar shards, for training on more than memory holds."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from foveal.cli.options import Debug, Json, Source
from foveal.cli.output import show_facts, show_json
from foveal.core.consoles import Console
from foveal.core.errors import ParameterError
from foveal.core.rules import check, count

if TYPE_CHECKING:
    from foveal.data.dataset import Dataset
    from foveal.data.shards import Shards

MIB = 2**20


def pack(
    source: Source,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the shards: train/, and test/ where needed.")],
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Replace the pack in OUT; what else it holds stays.")
    ] = False,
    shard_mib: Annotated[int, typer.Option(metavar="N", help="Largest size of a shard in MiB.")] = 256,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Write SOURCE to OUT as tar shards in webdataset's layout, with an index.

    foveal train, evaluate and predict read rows where they lie, so that neither
    packing nor training ever holds the whole in memory. SOURCE that is larger than
    memory is a folder of .npy files.
    """
    check("--shard-mib", shard_mib, count(1))
    _check_out(source, out, force=force)
    from foveal.data.named import load_dataset

    data = load_dataset(source)
    parts = _written(data, out, shard_mib * MIB)
    rows = {part: len(shards) for part, shards in parts.items()}
    sizes = [size for shards in parts.values() for size in shards.index.sizes]
    if json:
        show_json({"source": source, "out": str(out), "rows": rows, "shards": len(sizes), "bytes": sum(sizes)})
        return
    told = "   ".join(f"{part} {number:,}" for part, number in rows.items())
    size = f"{sum(sizes) / 1e6:,.1f} MB in {len(sizes):,} shard{'s' * (len(sizes) > 1)}"
    show_facts({"pack": str(out), "rows": told, "size": size})


def _check_out(source: str, out: Path, *, force: bool) -> None:
    if out.is_dir() and any(out.iterdir()) and not force:
        raise ParameterError(f"OUT {out} is not empty; choose another folder, or --force to replace the pack in it")
    if out.exists() and not out.is_dir():
        raise ParameterError(f"OUT {out} is a file; choose a folder")
    here, there = Path(source).resolve(), out.resolve()
    if Path(source).is_dir() and (here == there or here in there.parents or there in here.parents):
        raise ParameterError(f"OUT {out} and SOURCE {source} lie within each other; choose another folder for the pack")


def _written(data: "Dataset", out: Path, shard_bytes: int) -> dict[str, "Shards"]:
    """Write the parts, the one to train on last: its index makes the pack."""
    from foveal.data.folders import TEST, TRAIN
    from foveal.data.packing import cleared, shards_written
    from foveal.data.shards import Shards

    for part in (TRAIN, TEST):
        cleared(out / part)
        with suppress(OSError):  # it is not there, or holds something else
            (out / part).rmdir()
    parts: dict[str, tuple[Any, Any]] = {TRAIN: (data.X_train, data.y_train)}
    if data.X_test is not None:
        parts[TEST] = (data.X_test, data.y_test)
    for part, (X, y) in reversed(parts.items()):
        steps = shards_written(out / part, X, y, class_names=data.class_names, shard_bytes=shard_bytes)
        for _ in _shown(steps, len(X), part):
            pass
    return {part: Shards.open(out / part) for part in parts}


def _shown(steps: Iterable[int], total: int, part: str) -> Iterator[int]:
    """Pass the rows done on, with a bar on stderr where that is a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"rows to {part}", total=total)
        for done in steps:
            bar.update(task, completed=done)
            yield done
