"""A training of `foveal train` that is broken off: what is saved of it, what is said, what is tidied away."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from foveal.cli.output import say
from foveal.cli.run_folder import CHECKPOINTS, CONFIG
from foveal.core.checkpoints import remove_checkpoints
from foveal.core.errors import DivergedError, FovealError, ResourceError
from foveal.estimators.base import BaseCNN


def fit_into(folder: Path | None, estimator: BaseCNN, fit: Callable[[], object]) -> BaseException | None:
    """Train; return what broke it off where there is a network to save, else raise it, and say what goes on."""
    try:
        fit()
    except (KeyboardInterrupt, SystemExit, FovealError) as error:
        fails = isinstance(error, FovealError)
        if hasattr(estimator, "net_") and not (fails and not isinstance(error, DivergedError)):
            return error
        if folder is None:
            raise
        if not fails:
            say(f"interrupted before the end of the first epoch; foveal train --resume {folder} goes on")
        else:
            _tidy(folder)
        raise
    return None


def _tidy(folder: Path) -> None:
    """Remove what a run that never began has left, unless another process trains there: then it is that one's."""
    if not any((folder / CHECKPOINTS).glob("*.safetensors")):
        with suppress(ResourceError):
            remove_checkpoints(folder / CHECKPOINTS)
            (folder / CONFIG).unlink(missing_ok=True)
