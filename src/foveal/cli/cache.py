"""`foveal cache`: what lies in the cache, and how it is cleared."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from foveal.cli.options import Debug, Json
from foveal.cli.output import say, show_json, show_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from foveal.data.images.cache.entries import Entry


def cache(
    clear: Annotated[
        list[str] | None,
        typer.Option(
            "--clear",
            metavar="KEY|all|unfinished",
            help="Delete the entry of a KEY, of which the beginning is enough, all decoded pictures, or those whose "
            "decoding was broken off. A fetched data set goes by its own name only. May be repeated.",
        ),
    ] = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """List what lies in the cache, or clear it; whatever is needed again is made again.

    It holds decoded pictures, so that they are decoded once, the headers of their
    files, and fetched data sets. It lies in $FOVEAL_CACHE, else ~/.cache/foveal.
    """
    from foveal.data.fetch import cache_folder
    from foveal.data.images.cache.entries import chosen, entries

    found = entries()
    wanted = {entry.folder: entry for name in clear or [] for entry in chosen(found, name)}
    if clear:
        gone, free = _cleared(list(wanted.values()))
        if json:
            show_json({"folder": str(cache_folder()), "cleared": gone, "freed": free})
        return
    if json:
        told = [{**entry._asdict(), "folder": str(entry.folder)} for entry in found]
        show_json({"folder": str(cache_folder()), "entries": told})
    else:
        _show(found, str(cache_folder()))


def _cleared(wanted: "Sequence[Entry]") -> tuple[list[str], int]:
    """Delete entries and say what is free then; what is in use stays, and that is said too."""
    from foveal.core.free_memory import shown_size
    from foveal.data.images.cache.entries import clear

    gone = []
    for entry in wanted:
        if clear(entry):
            gone.append(entry)
            say(f"cleared {entry.name}: {shown_size(entry.size)} of {entry.root}")
        else:
            say(f"{entry.name} stays: its pictures are being decoded, or it cannot be deleted", "warning")
    free = sum(entry.size for entry in gone)
    say(f"{shown_size(free)} are free now" if gone else "nothing to clear")
    return [entry.name for entry in gone], free


def _show(found: "Sequence[Entry]", folder: str) -> None:
    from foveal.core.free_memory import shown_size

    if not found:
        say(f"{folder} is empty")
        return
    rows = [
        (
            entry.name,
            f"{entry.rows:,}" if entry.kind == "pictures" else "",
            shown_size(entry.size),
            entry.state if entry.kind == "pictures" else entry.kind,
            time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.used)),
            entry.root,
        )
        for entry in found
    ]
    show_table(("key", "rows", "size", "state", "last used", "of"), rows, numbers=False)
    say(f"{shown_size(sum(entry.size for entry in found))} in {folder}; foveal cache --clear KEY makes room")
