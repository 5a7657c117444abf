"""`foveal report`: the page and the card of a run, made again from its results."""

from pathlib import Path
from typing import Annotated

import typer

from foveal.cli.options import Debug
from foveal.cli.output import say
from foveal.cli.run_folder import RESULTS
from foveal.core.garbage import loading


def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run of foveal train.")],
    debug: Debug = False,
) -> None:
    """Make report.html and model_card.md of RUN again, from its results.json and pictures.

    One file, which needs no network and no script: it can be sent, printed and kept.
    """
    with loading():
        from foveal.report.card import write_card
        from foveal.report.page import write_page

    if run.name == RESULTS:
        run = run.parent
    say(f"wrote {write_page(run)} and {write_card(run)}")
