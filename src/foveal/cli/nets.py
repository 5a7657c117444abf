"""`foveal nets`: the networks that a name can pick."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from foveal.cli.options import Debug, Json
from foveal.cli.output import say, show_facts, show_json, show_table
from foveal.core.errors import ParameterError
from foveal.core.networks import Figures, figures
from foveal.core.rules import did_you_mean
from foveal.core.token_networks import TokenNetwork, token_networks


def nets(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Say all of one network, or of those whose name has it.")
    ] = None,
    axes: Annotated[
        int | None, typer.Option("--axes", metavar="N", help="Only networks for rows of N axes: 1 signals, 3 volumes.")
    ] = None,
    draw: Annotated[
        Path | None, typer.Option("--draw", metavar="FILE.svg", help="Draw NAME, as it is for its own input.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", metavar="", help="Replace a drawing that is there.")] = False,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """List the networks of the catalogue, for --set net=NAME.

    Parameters, multiply-adds for one row and the receptive field (of the last
    convolution, or of the answer for a place; all: it sees the whole input) are
    those at the input and outputs of the publication; the smallest input is the
    one that the network takes. Networks of texts, of pairs of texts and of
    histories stand below, with what can be said in their names.
    """
    every, of_tokens = figures(), token_networks() if axes is None and draw is None else {}
    known = (*every, *of_tokens)
    wanted = [n for n in known if name is None or n == name or (name not in known and name in n)]
    found = {n: every[n] for n in wanted if n in every}
    others = {n: of_tokens[n] for n in wanted if n in of_tokens}
    if not found and not others:
        raise ParameterError(f"no network is called {name!r}; foveal nets lists them{did_you_mean(name or '', known)}")
    if axes is not None:
        found = {n: row for n, row in found.items() if axes in row.axes}
        if not found:
            raise ParameterError(f"--axes {axes}: no network{f' {name!r}' if name else ''} is for rows of {axes} axes")
    if draw is not None:
        _check_drawing(name if name in found else None, draw, force=force, json=json)
        _draw(found[str(name)], draw)
    elif json:
        told = [row._asdict() | {"sized": row.sized} for row in others.values()]
        show_json({"networks": [row._asdict() for row in found.values()], "of_tokens": told})
    elif name in found:
        show_facts(_facts(found[name]))
    else:
        _show_tables(found, others)


def _show_tables(found: Mapping[str, Figures], others: Mapping[str, TokenNetwork]) -> None:
    """List networks of arrays with their figures, and those of tokens, whose figures depend on the vocabulary."""
    if found:
        header = ("name", "parameters", "multiply-adds", "receptive field", "smallest input", "at", "source")
        show_table(header, map(_cells, found.values()), numbers=False)
    if others:
        if found:
            print()
        rows = ((row.sized, row.rows, row.source.split(",")[0]) for row in others.values())
        show_table(("name, with its usual sizes", "rows", "source"), rows, numbers=False)
    count = len(found) + len(others)
    networks = "network" if count == 1 else "networks"
    say(f"{count} {networks}; foveal train SOURCE --set net=NAME trains one, foveal nets NAME says all of it")


def _check_drawing(name: str | None, draw: Path, *, force: bool, json: bool) -> None:
    """Refuse a drawing of no network or of several, of another kind of file, or over one that is there."""
    if name is None or draw.suffix.lower() != ".svg" or json:
        also = ", without --json" if json else ""
        raise ParameterError(
            f"--draw draws one network into an SVG file, as in foveal nets resnet18 --draw a.svg{also}; got "
            f"{str(draw)!r}"
        )
    if draw.exists() and not force:
        raise ParameterError(f"--draw {draw} is there already; choose another file, or --force to replace it")


def _draw(row: Figures, file: Path) -> None:
    import torch

    from foveal.core.files import write_atomically
    from foveal.models import MODELS
    from foveal.models.drawing import drawing

    with torch.device("meta"):
        net = MODELS[row.name].make(row.input, row.outputs)
    write_atomically(file, drawing(net).encode())
    say(f"{row.name} is drawn in {file}")


def _cells(row: Figures) -> tuple[str, ...]:
    told = _facts(row)
    return row.name, *(told[key] for key in ("parameters", "multiply-adds", "receptive field", "smallest input")), \
        told["input"], row.source.split(",")[0]  # fmt: skip


def _facts(row: Figures) -> dict[str, str]:
    """Write the figures as words."""
    return {
        "name": row.name,
        "input": " x ".join(map(str, row.input)),
        "outputs": f"{row.outputs:,}",
        "parameters": f"{row.parameters:,}",
        "multiply-adds": f"{row.multiply_adds:,}",
        "receptive field": " x ".join(map(str, row.receptive_field)) if row.receptive_field else "all",
        "smallest input": " x ".join(map(str, row.smallest)),
        "axes": ", ".join(map(str, row.axes)),
        "source": row.source,
    }
