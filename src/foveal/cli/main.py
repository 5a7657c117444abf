"""The command `foveal`: its verbs, and how what goes wrong becomes one line and an exit code."""

import gc
import signal
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Annotated

import typer

import foveal
from foveal.cli.augment import augment
from foveal.cli.cache import cache
from foveal.cli.compare import compare
from foveal.cli.doctor import doctor
from foveal.cli.embed import embed
from foveal.cli.evaluate import evaluate
from foveal.cli.explain import explain as explain_answers
from foveal.cli.info import info
from foveal.cli.learning_curve import learning_curve
from foveal.cli.lr import lr
from foveal.cli.nets import nets
from foveal.cli.options import Debug
from foveal.cli.output import one_voice, say
from foveal.cli.pack import pack
from foveal.cli.predict import predict
from foveal.cli.report import report
from foveal.cli.reproduce import reproduce
from foveal.cli.robustness import robustness
from foveal.cli.streams import any_encoding, let_go
from foveal.cli.summary import summary
from foveal.cli.train import TrainCommand, train
from foveal.cli.tune import tune
from foveal.cli.verbs import INTERRUPTED, Verb, Verbs
from foveal.core.errors import FovealError, ParameterError, ResourceError, ran_out_of_memory
from foveal.core.ranks import rank_of

#: Exit codes of what happens to one process; anything else happens to all alike, and the first one says it.
_EACH = (FovealError.exit_code, ResourceError.exit_code)
_HELP = {"help_option_names": ["-h", "--help"]}
_CLICK_ERROR = typer.BadParameter.__mro__[2]  # ClickException, from wherever this version of typer has it

app = typer.Typer(cls=Verbs, add_completion=False, pretty_exceptions_enable=False, context_settings=_HELP)
app.command(cls=TrainCommand)(train)
_VERBS = (
    tune, lr, learning_curve, doctor, evaluate, report, reproduce, compare, predict, explain_answers, embed, robustness,
    augment, summary, nets, pack, cache, info,
)  # fmt: skip
for _verb in _VERBS:
    app.command(cls=Verb)(_verb)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"foveal {foveal.__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _foveal(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", metavar="", callback=_print_version, is_eager=True, help="Show the version and end."),
    ] = False,
    debug: Debug = False,
) -> None:
    """Train, measure and use convolutional neural networks.

    Exit codes: 0 done, 2 wrong usage or parameter, 3 wrong data, 4 not a model,
    5 disk, memory, device or network, 6 training diverged, 130 interrupted,
    143 told to end.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def run(args: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; `args` are `sys.argv[1:]` unless given.

    >>> run(["--version"])
    foveal 0.1.0
    0
    """
    ends_here = args is None
    if ends_here:
        signal.signal(signal.SIGTERM, _end)
    stdout = sys.stdout  # typer may put another in its place
    try:
        with any_encoding():
            code = _code_of(list(sys.argv[1:] if args is None else args))
            return _with_stdout(let_go(stdout), code)
    finally:
        if ends_here:  # else the interpreter looks through all that torch and scikit-learn made before it ends: 0.8 s
            gc.freeze()


def _code_of(args: list[str]) -> int:
    command = typer.main.get_command(app)
    try:
        with one_voice(), _warnings_in_one_line():
            return int(command.main(args, prog_name="foveal", standalone_mode=False) or 0)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except SystemExit as error:  # of SIGTERM; and typer's, where the reader of stdout has gone: it has enough
        return 0 if isinstance(error.__context__, BrokenPipeError) else int(error.code or 0)
    except Exception as error:  # noqa: BLE001  (the outermost frame: whatever happened becomes one line)
        return _told(error, debug="--debug" in args)


def _with_stdout(refused: OSError | None, code: int) -> int:
    """Give the exit code once stdout is written out: a reader that has enough (`| head`) is no failure."""
    if refused is None or isinstance(refused, BrokenPipeError) or code:
        return code
    say(f"cannot write to stdout: {refused.strerror}; free some space, or choose another file", "error")
    return ResourceError.exit_code


def _told(error: Exception, *, debug: bool) -> int:
    """Say what happened, once for all processes that share it, and return its exit code."""
    if debug:
        with suppress(BrokenPipeError):
            traceback.print_exception(error)
    code, message = explain(error)
    if rank_of() == 0:
        say(message, "error")
    elif code in _EACH:
        say(f"process {rank_of()}: {message}", "error")
    return code


def _end(number: int, _: FrameType | None) -> None:
    """End where a signal asks for it, so that what is half-done is tidied up."""
    raise SystemExit(128 + number)


def explain(error: Exception) -> tuple[int, str]:
    """Give the exit code of an error, and what to say about it.

    >>> explain(ParameterError("n_epochs must be an integer of at least 1, got 0"))
    (2, 'n_epochs must be an integer of at least 1, got 0')
    """
    if isinstance(error, FovealError):
        return error.exit_code, str(error)
    if isinstance(error, _CLICK_ERROR):
        where = getattr(getattr(error, "ctx", None), "command_path", "foveal")
        return ParameterError.exit_code, f"{error.format_message().rstrip('.')}; see {where} --help"  # type: ignore[attr-defined]
    if ran_out_of_memory(error):
        return ResourceError.exit_code, f"out of memory ({error}); use a smaller batch_size or network, or fewer rows"
    if isinstance(error, OSError):
        return ResourceError.exit_code, f"the machine refused: {error}"
    return FovealError.exit_code, f"unexpected {type(error).__name__}: {error}; --debug shows where"


@contextmanager
def _warnings_in_one_line() -> Iterator[None]:
    """Show a warning as a line like that of an error, without the place in our code that it came from."""
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: say(str(message), "warning")
        yield
