"""Parameters as people write them, on the command line and in a recipe, and back to a recipe. Torch-free."""

import ast
import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from foveal.core.errors import ParameterError
from foveal.core.parameters import PARAMETERS, check_parameters
from foveal.core.recipes import RECIPES, recipe_values
from foveal.core.rules import did_you_mean

#: Tables of a run's config.toml that tell about the run and set nothing.
RECORDS = ("run", "read", "versions")

_WORDS = {"none": None, "true": True, "false": False}


def gather(recipe: str | None, assignments: Sequence[str], shorthands: Mapping[str, tuple[str, Any]]) -> dict[str, Any]:
    """Join a recipe, what --set says and what shorter options say, the later winning; check every value's rule.

    `shorthands` has the parameter and the value of each short option that was given. Raises `ParameterError`, also
    where --set and a short option set the same parameter.
    """
    values = {} if recipe is None else take_recipe(recipe)
    assigned = dict(map(parse_assignment, assignments))
    check_parameters(assigned)
    for option, (name, value) in shorthands.items():
        if name in assigned:
            raise ParameterError(f"{name} is set twice, by {option} and by --set {name}=...; leave one of them out")
        check_parameters({name: value})
        assigned[name] = value
    return values | assigned


def for_files(parameters: Mapping[str, Any], *, named: bool) -> dict[str, Any]:
    """Let network and epochs be chosen for data of the user's own, where nothing says otherwise.

    Data sets that are `named` keep the defaults. Whoever sets a size of the plain stack, as a run's configuration does,
    wants the plain stack.

    >>> for_files({"n_epochs": 3}, named=False), for_files({"out_channels": 8}, named=False)
    ({'n_epochs': 3, 'net': 'auto'}, {'n_epochs': 'auto', 'out_channels': 8})
    """
    if named:
        return dict(parameters)
    sized = any(PARAMETERS[name].group == "network" for name in parameters)
    return {"n_epochs": "auto"} | dict(parameters) | ({} if sized else {"net": "auto"})


def parse_assignment(text: str) -> tuple[str, Any]:
    """Read NAME=VALUE.

    >>> parse_assignment("in_channels_list=none,32")
    ('in_channels_list', (None, 32))
    """
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ParameterError(f"--set must be NAME=VALUE, got {text!r}; for example --set n_epochs=10")
    return name.strip(), parse_value(value)


def parse_value(text: str) -> Any:
    """Read a value: a number, none, true, false, a list, a quoted string; anything else is a string as it stands.

    >>> [parse_value(text) for text in ("3", "1e-3", "None", "true", "adam", "cuda:1", "'7'", "64,64", "(none, 32)")]
    [3, 0.001, None, True, 'adam', 'cuda:1', '7', (64, 64), (None, 32)]
    >>> parse_value("flip,rotate(15)")
    ('flip', 'rotate(15)')
    """
    try:
        return ast.literal_eval(_Words().visit(ast.parse(text.strip(), mode="eval")))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):  # what Python's parser raises on text
        return text


class _Words(ast.NodeTransformer):
    """Make strings of bare words, but for none, true and false, and of calls such as rotate(15)."""

    def visit_Name(self, node: ast.Name) -> ast.Constant:
        return ast.Constant(_WORDS.get(node.id.lower(), node.id))

    def visit_Call(self, node: ast.Call) -> ast.Constant:
        return ast.Constant(ast.unparse(node))


def take_recipe(recipe: str) -> dict[str, Any]:
    """Give the parameters of a recipe that goes by this name, or else of the file.

    >>> take_recipe("fast")["optimizer"]
    'muon'
    """
    return recipe_values(recipe) if recipe in RECIPES else read_recipe(Path(recipe))


def read_recipe(path: Path, asked: str = "--recipe") -> dict[str, Any]:
    """Read a flat TOML table of parameters, checked; "none" is None.

    Raises `ParameterError` that names the file and what has asked for it: if there is none, if it is no TOML, or holds
    what no parameter may be.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ParameterError(
            f"{asked} {path}: cannot be read ({error.strerror}); give a TOML file, or the name of a recipe: "
            f"{', '.join(RECIPES)}{did_you_mean(str(path), RECIPES)}"
        ) from error
    except ValueError as error:  # not UTF-8, or not TOML
        raise ParameterError(f"{asked} {path}: is not a TOML file ({error})") from error
    nested = [
        name for name, value in table.items() if isinstance(value, dict) and name not in (*RECORDS, "class_weight")
    ]
    if nested:
        raise ParameterError(
            f"{asked} {path}: has a table [{nested[0]}], but a recipe is flat: lines NAME = VALUE only"
        )
    values = {name: _from_toml(name, value) for name, value in table.items() if name not in RECORDS}
    try:
        check_parameters(values)
    except ParameterError as error:
        raise ParameterError(f"{asked} {path}: {error}") from error
    return values


def to_toml(values: Mapping[str, Any]) -> str:
    """Write parameters, and tables of them, as TOML that `read_recipe` reads; None becomes "none".

    >>> print(to_toml({"in_channels_list": (None, 32), "run": {"source": "digits"}}), end="")
    in_channels_list = ["none", 32]
    <BLANKLINE>
    [run]
    source = "digits"
    """
    lines, tables = [], []
    for name, value in values.items():
        if name in RECORDS and not value:
            continue
        if name in RECORDS:
            tables.append(f"\n[{name}]\n{to_toml(value)}")
        else:
            lines.append(f"{name} = {_toml(value)}\n")
    return "".join(lines + tables)


def _from_toml(name: str, value: Any) -> Any:
    if name == "class_weight" and isinstance(value, list):  # pairs: TOML's keys are strings, classes need not be
        return dict(value) if all(isinstance(pair, list) and len(pair) == 2 for pair in value) else value
    if isinstance(value, list):
        return [_from_toml("", v) for v in value]
    return None if isinstance(value, str) and value.lower() == "none" else value


def _toml(value: Any) -> str:
    if value is None:
        return '"none"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dict):
        return _toml([list(pair) for pair in value.items()])
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    text = str(value).encode("utf-8", "replace").decode()  # a file name need not be text
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
