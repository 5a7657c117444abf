"""The parameter table as a part of help. Torch-free."""

from typing import get_args

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from foveal.core.consoles import Console
from foveal.core.parameters import TABLE, Group, Parameter

#: Choices that are listed beside a parameter's meaning; of more of them the meaning says where they are listed.
_MOST_CHOICES = 30


def show_parameters() -> None:
    """Print name, default and meaning of every parameter, a panel for each group."""
    console = Console(highlight=False)
    width = max(len(p.name) for p in TABLE)
    for group in get_args(Group):
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="bold cyan", no_wrap=True, min_width=width)
        grid.add_column(style="yellow", no_wrap=True, min_width=max(len(_default(p)) for p in TABLE))
        grid.add_column()
        for parameter in TABLE:
            if parameter.group == group:
                grid.add_row(Text(parameter.name), Text(_default(parameter)), Text(_meaning(parameter)))
        title = f"--set NAME=VALUE: {group}"
        console.print(Panel(grid, title=title, title_align="left", border_style="dim"))


def _default(parameter: Parameter) -> str:
    value = parameter.default
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def _meaning(parameter: Parameter) -> str:
    choices = parameter.rule.choices
    few = choices and len(choices) <= _MOST_CHOICES
    return f"{parameter.help} ({', '.join(choices)})" if few else parameter.help
