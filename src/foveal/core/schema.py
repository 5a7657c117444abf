"""What a description in a file may be: tables, lists and values that keep the rules of core. Torch-free."""

from typing import Any, TypeAlias

from foveal.core.rules import Rule, check, is_number, shown

#: A rule for a value, [schema] for a list, or a table of schemas whose names must be there, and no others.
Schema: TypeAlias = "Rule | list[Schema] | dict[str, Schema]"


def match(value: Any, schema: Schema, name: str = "the description") -> None:
    """Raise a `ValueError` that names the first place where `value` is not as `schema` says.

    >>> from foveal.core.rules import count
    >>> match({"sizes": [3, 0]}, {"sizes": [count(1)]}, "file")
    Traceback (most recent call last):
    foveal.core.errors.ParameterError: file.sizes[1] must be an integer of at least 1, got 0
    """
    if isinstance(schema, Rule):
        check(name, value, schema)
    elif isinstance(schema, list):
        if not isinstance(value, list):
            raise ValueError(f"{name} must be a list, got {shown(value)}")
        for place, entry in enumerate(value):
            match(entry, schema[0], f"{name}[{place}]")
    else:
        if not isinstance(value, dict) or set(value) != set(schema):
            found = sorted(value) if isinstance(value, dict) else value
            raise ValueError(f"{name} must have the entries {', '.join(sorted(schema))}, got {shown(found)}")
        for key, part in schema.items():
            match(value[key], part, f"{name}.{key}")


def within(low: int, high: int) -> Rule:
    """Make the rule of an integer between two bounds, both included.

    >>> within(1, 3).holds(3), within(1, 3).holds(True)
    (True, False)
    """
    return Rule(f"an integer of {low} to {high}", lambda v: type(v) is int and low <= v <= high)


TEXT = Rule("a string", lambda v: isinstance(v, str))
#: A score or a loss may be infinite, or NaN where nothing was measured.
REAL = Rule("a number", lambda v: type(v) in (int, float))
#: The same in a model file, whose JSON is strict.
REAL_OR_NONE = Rule("a number or null", lambda v: v is None or (type(v) in (int, float) and is_number(v)))
FINITE = Rule("a finite number", lambda v: type(v) in (int, float) and is_number(v))
TABLE = Rule("a table", lambda v: isinstance(v, dict))
ANYTHING = Rule("anything", lambda v: True)
