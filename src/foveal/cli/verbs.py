"""How verbs are found and show their help, beyond what typer does."""

from typing import Any

from typer.core import TyperCommand, TyperGroup

from foveal.core.errors import ParameterError
from foveal.core.rules import did_you_mean

INTERRUPTED = 130  # exit code: 128 + SIGINT, as shells have it


class Verb(TyperCommand):
    """A verb whose help shows its flags without a type."""

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


def _as_flag(option: Any) -> Any:
    """Make --help look like the other flags; with a default typer also loads no pydantic, which takes 0.1 s."""
    option.metavar, option.default, option.help = "", False, "Show this help and end."
    return option
