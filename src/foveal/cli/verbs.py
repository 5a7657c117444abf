"""How verbs are found and show their help, beyond what typer does."""

from collections.abc import Sequence
from typing import Any

from typer.core import TyperCommand, TyperGroup

from foveal.core.errors import ParameterError
from foveal.core.rules import did_you_mean

INTERRUPTED = 130  # exit code: 128 + SIGINT, as shells have it


class Verb(TyperCommand):
    """A verb whose help shows its flags without a type, and that takes no empty argument."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; an empty path would be the current folder."""
        check_arguments(args)
        rest: list[str] = super().parse_args(ctx, args)
        return rest

    def get_help_option(self, ctx: Any) -> Any:
        """Give the option --help."""
        return _as_flag(super().get_help_option(ctx))


class Verbs(TyperGroup):
    """The verbs; an unknown one is an error that offers the nearest."""

    def get_help_option(self, ctx: Any) -> Any:
        """Give the option --help."""
        return _as_flag(super().get_help_option(ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the verb that the arguments begin with."""
        if args[0] not in self.commands:
            names = ", ".join(self.commands)
            raise ParameterError(f"verb must be one of {names}, got {args[0]!r}{did_you_mean(args[0], self.commands)}")
        return super().resolve_command(ctx, args)


def check_arguments(args: Sequence[str]) -> None:
    """Refuse an argument that is empty, as `--out "$FOLDER"` is where no FOLDER is set.

    >>> check_arguments(["model", "X.npy", "--out", ""])
    Traceback (most recent call last):
    foveal.core.errors.ParameterError: --out must not be empty, got ''; write the value that is meant, '.' for the \
current folder
    """
    for before, argument in zip(["the first argument", *args], args, strict=False):
        option, equals, value = argument.partition("=")
        of_option = bool(equals and not value and option.startswith("--"))
        if of_option or not argument:
            name = option if of_option else before if before.startswith(("-", "the ")) else f"what follows {before!r}"
            raise ParameterError(
                f"{name} must not be empty, got ''; write the value that is meant, '.' for the current folder"
            )


def _as_flag(option: Any) -> Any:
    """Make --help look like the other flags; with a default typer also loads no pydantic, which takes 0.1 s."""
    option.metavar, option.default, option.help = "", False, "Show this help and end."
    return option
