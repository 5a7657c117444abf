"""`foveal reproduce`: a run trained again, and held against what it left."""

from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from foveal.cli.options import INTERACTION_SETS, SOURCES, Debug, Json
from foveal.cli.output import number, plain, say, show_json, show_table
from foveal.cli.resume import Begun, begun_in
from foveal.cli.run_folder import CONFIG, run_folder
from foveal.core.errors import DataError, ParameterError
from foveal.core.garbage import loading
from foveal.data.interactions.telling import is_of_interactions

if TYPE_CHECKING:
    from foveal.report.reproduced import Reproduced

#: The exit code where a run did not come out as it should.
DIFFERS = 3
#: Signs of a source that is a pattern of names.
_PATTERN = set("*?[]{}")


def reproduce(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run of foveal train.")],
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", help="Train with another seed: do numbers stay within their intervals?"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the new run there; else it is thrown away.")
    ] = None,
    json: Json = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", metavar="", help="Print no progress.")] = False,
    debug: Debug = False,
) -> None:
    """Train RUN again with its settings, and say whether the same network came out.

    On the same machine with the same versions the weights are equal, bit for bit.
    Otherwise it says which numbers differ, and whether they lie within the 95 %
    intervals of the first run. Exit code 3 where the bits differ or, with --seed,
    where a number lies outside of its interval.
    """
    begun = begun_in(run, "reproduce")
    if begun.cv is not None:
        raise ParameterError(
            f"{run} holds a cross-validation, which is no single network; foveal train {begun.source} --cv {begun.cv} "
            f"--recipe {run}/config.toml repeats it"
        )
    if is_gone(begun.source):
        raise DataError(
            f"reproduce {run}: its data, {begun.source}, are not there; call foveal in the folder that it was trained "
            f"in, or foveal train SOURCE --recipe {run / CONFIG} with where they are now"
        )
    with loading():
        from foveal.report.reproduced import held_against
        from foveal.report.results import read_from, read_results

    before = read_results(run)
    with read_from(run):  # before a training is spent on it
        held_against(before, before)
    if before.get("interrupted"):
        raise ParameterError(f"{run} was interrupted, so it has no end to compare; foveal train --resume {run} goes on")
    parameters = {name: value for name, value in begun.parameters.items() if name != "checkpoint"}
    parameters |= {} if seed is None else {"random_state": seed}
    begun = begun._replace(parameters=parameters)
    place = TemporaryDirectory() if out is None else nullcontext()
    with place as made, run_folder(Path(made) / "run" if made else out, begun.source, force=False) as folder:
        again = _trained(folder, begun, test=before.get("test") is not None, quiet=quiet or json)
    found = held_against(before, plain(again))
    if json:
        show_json({"run": str(run), **found.as_dict()})
    else:
        _show(found)
    if not found.as_expected:
        raise typer.Exit(DIFFERS)


def is_gone(source: str) -> bool:
    """Tell whether a source is a file or a folder, and is not there.

    >>> is_gone("movielens-100k"), is_gone("digits"), is_gone("nowhere.npz")
    (False, False, True)
    """
    named = source in (*SOURCES, *INTERACTION_SETS) or bool(_PATTERN & set(source))
    return not named and not Path(source).exists()


def _trained(folder: Path, begun: Begun, *, test: bool, quiet: bool) -> dict[str, Any]:
    """Train, as `foveal train` does, without baselines and report; what breaks it off is raised."""
    if is_of_interactions(begun.source, begun.reading):
        from foveal.cli.interactions import train_on_interactions

        result, broken = train_on_interactions(folder, begun, test=test, quiet=quiet, baselines=False, report=False)
    else:
        from foveal.cli.training import train_into

        result, broken = train_into(folder, begun, test=test, quiet=quiet, baselines=False, report=False)
    if broken is not None:
        raise broken
    return result


def _show(found: "Reproduced") -> None:
    rows = []
    for one in found.numbers:
        low, high = one.interval or (None, None)
        between = "" if low is None else f"{number(low)} to {number(high)}"
        inside = {None: "", True: "yes", False: "no"}[one.within]
        same = "equal" if one.equal else f"{one.again - one.before:+.3g}"
        rows.append((one.name.replace("_", " "), number(one.before), number(one.again), same, between, inside))
    show_table(("", "before", "again", "difference", "95 % interval", "within"), rows)
    say(found.verdict)
